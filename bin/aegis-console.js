#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode24 } from './node24.js'

const EXIT_CONFIGURATION = 78

await ensureNode24(import.meta.url, ['reset'])

/**
 * Compiled code of the console is kept here between runs: it halves the time to the first frame. Null where no folder of
 * this user's is known: a relative one would be another in each place the console is started from.
 */
const cacheFolder = () => {
  const { XDG_CACHE_HOME: cache = '' } = process.env
  const root = isAbsolute(cache) ? cache : join(homedir(), '.cache')
  return isAbsolute(root) ? join(root, 'aegis', 'compiled') : null
}

const entry = new URL('../dist/tui/commands/main.js', import.meta.url)
if (existsSync(entry)) {
  const cache = cacheFolder()
  if (cache !== null) module.enableCompileCache(cache)
  const { main } = await import(entry.href)
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write(`aegis-console: not built yet, ${fileURLToPath(entry)} is missing. Run: npm run build\n`)
  process.exitCode = EXIT_CONFIGURATION
}
