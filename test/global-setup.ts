import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Tests with real processes run what was built, so it is built from what stands here. */
export default (): void => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  execFileSync(process.execPath, ['bin/build.js'], { cwd: root, stdio: 'inherit' })
}
