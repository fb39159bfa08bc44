import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { Instrument, type InstrumentSpec } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'

/**
 * Numbers for instruments, given once and never again: tape and ledger know an instrument by its number and count in its
 * increments, so neither may ever change under them.
 * @throws ExitError 65 where the file is damaged, 78 where a known instrument has other increments now.
 */
export const numberInstruments = (path: string, specs: readonly InstrumentSpec[]): Instrument[] => {
  const known = existsSync(path) ? read(path) : []
  const numbered = [...known]
  for (const spec of specs) {
    const before = known.find(({ symbol }) => symbol === spec.symbol)
    if (before === undefined) numbered.push({ id: numbered.length, ...spec })
    else if (before.tick !== spec.tick || before.lot !== spec.lot) {
      throw new ExitError(
        Exit.configuration,
        `instruments: ${spec.symbol} has tick ${spec.tick} and lot ${spec.lot}, but this instance counts in ${before.tick} and ${before.lot}`,
        'put the old increments back, or use another instance',
      )
    }
  }
  if (numbered.length > known.length) writeFileAtomic(path, `${JSON.stringify(numbered, null, 2)}\n`)
  return numbered
}

const read = (path: string): Instrument[] => {
  try {
    return z.array(Instrument).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new ExitError(Exit.corrupt, `${path}: ${(error as Error).message}`, 'restore it from a backup')
  }
}
