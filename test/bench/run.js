// Runs a bench under Node 24, whatever Node npm itself runs on: node test/bench/run.js ring
import { ensureNode24 } from '../../bin/node24.js'

await ensureNode24(import.meta.url)
await import(new URL(`./${process.argv[2]}.ts`, import.meta.url).href)
