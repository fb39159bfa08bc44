/** Opens a ledger and appends prepared cycles, each acknowledged on stdout once it is on the disk: `append.ts LEDGER ENTRIES`. */
import { readFileSync, writeSync } from 'node:fs'
import { type Entry, openLedger } from '../../../engine/ledger/ledger.ts'
import { ExitError } from '../../../src/exit.ts'

const [path = '', entriesPath = ''] = process.argv.slice(2)
const entries = JSON.parse(readFileSync(entriesPath, 'utf8')) as Entry[]
const say = (line: string): void => void writeSync(1, `${line}\n`)

try {
  const ledger = openLedger(path, () => 'led')
  say('opened')
  const middle = Math.floor(entries.length / 2)
  for (const [index, entry] of entries.entries()) {
    ledger.append(entry)
    say(`done ${entry.cycle.number}`)
    // The next cycle begins the write-ahead log anew.
    if (index === middle) ledger.settle()
  }
  ledger.close()
} catch (error) {
  if (!(error instanceof ExitError)) throw error
  say(`refused ${error.constructor.name} ${error.code} ${error.remedy}`)
  process.exit(error.code)
}
