import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Tests with real processes run what was built, so it is built from what stands here. Compiled code is shared by them: it is
 * no part of what they look at, and each start would take twice as long. The workers inherit the folder's name.
 */
export default (): (() => void) => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  execFileSync(process.execPath, ['bin/build.js'], { cwd: root, stdio: 'inherit' })
  const cache = mkdtempSync(join(tmpdir(), 'aegis-tests-'))
  process.env.AEGIS_TEST_CACHE = cache
  return () => rmSync(cache, { recursive: true, force: true, maxRetries: 5 })
}
