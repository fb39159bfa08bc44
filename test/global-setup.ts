import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Tests with real processes run what was built, so it is built from what stands here. */
export default (): void => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
}
