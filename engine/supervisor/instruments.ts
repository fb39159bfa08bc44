import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { Instrument, type InstrumentSpec } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'

/** Tape and ledger count in them, and a replay decides with them what was decided before. */
const FIXED = ['tick', 'lot', 'minNotional'] as const

/**
 * Numbers for instruments, given once and never again: tape and ledger know an instrument by its number and count in its
 * increments, so neither may ever change under them.
 * @throws ExitError 65 where the file is damaged, or missing beside a tape; 78 where a known instrument has other increments now.
 */
export const numberInstruments = (path: string, specs: readonly InstrumentSpec[], tapeExists: boolean): Instrument[] => {
  const exists = existsSync(path)
  if (!exists && tapeExists) throw new ExitError(Exit.corrupt, `${path} is missing beside a tape that counts by it`, 'restore it from a backup')
  const known = exists ? read(path) : []
  const numbered = [...known]
  for (const spec of specs) {
    const before = known.find(({ symbol }) => symbol === spec.symbol)
    if (before === undefined) numbered.push({ id: numbered.length, ...spec })
    else {
      const changed = FIXED.find((field) => before[field] !== spec[field])
      if (changed === undefined) continue
      throw new ExitError(
        Exit.configuration,
        `instruments: ${spec.symbol} has ${changed} ${spec[changed]}, but this instance counts with ${before[changed]}`,
        'put the old one back, or use another instance',
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
