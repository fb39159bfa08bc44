#!/usr/bin/env node
import { ensureNode24 } from './node24.js'

const ROLES = ['supervise', 'feed', 'brain', 'orchestrator', 'replay', 'report']

if (await ensureNode24(import.meta.url)) {
  const [role, ...rest] = process.argv.slice(2)
  if (!ROLES.includes(role)) {
    process.stderr.write(`usage: aegis-engine ${ROLES.join('|')} …  (people use aegis-console)\n`)
    process.exitCode = 64
  } else {
    const { runRole } = await import('../dist/engine/main.js').catch((error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      process.stderr.write(`aegis-engine: ${error.message}\nrun: npm run build\n`)
      process.exit(78)
    })
    process.exitCode = await runRole(role, rest)
  }
}
