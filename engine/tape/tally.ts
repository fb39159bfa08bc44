import { BrokenInvariant } from '../../src/assert.ts'
import type { FirewallRule } from '../../src/contracts/market.ts'
import { blankBar, Int, type MutableBar, readSlot, rowAt, SLOT_INTS, sequenceAt, type Words } from '../ring/slot.ts'
import { isReject, ruleOf } from './format.ts'
import type { TapeEnd } from './port.ts'

type Entry = { bars: number; readonly newest: MutableBar }

/** What the records so far add up to. */
export type Tally = {
  /** Counts a record. @returns what is wrong with it where it cannot follow on the one before. */
  readonly count: (words: Words, slot: number) => string | null
  readonly sequence: () => number
  /** A copy that later records do not change. */
  readonly end: (tornBytes: number) => TapeEnd
}

export const createTally = (): Tally => {
  let sequence = 0
  let row = 0
  let bars = 0
  let rejects = 0
  const rejectsByRule: Partial<Record<FirewallRule, number>> = {}
  const entries = new Map<number, Entry>()

  const countReject = (words: Words, slot: number, at: number): string | null => {
    const rule = ruleOf(words, slot)
    if (rule === undefined) return 'is a reject by a rule that this build does not know'
    if (at !== sequence) return `is a reject after bar ${at}, but the bar before it is ${sequence}`
    rejects += 1
    rejectsByRule[rule] = (rejectsByRule[rule] ?? 0) + 1
    return null
  }

  const countBar = (words: Words, slot: number, at: number): string | null => {
    if (at !== sequence + 1) return `is bar ${at}, but the bar before it is ${sequence}`
    const instrument = words.ints[slot * SLOT_INTS + Int.instrument] as number
    let entry = entries.get(instrument)
    if (entry === undefined) {
      entry = { bars: 0, newest: blankBar() }
      entries.set(instrument, entry)
    }
    readSlot(words, slot, entry.newest)
    entry.bars += 1
    bars += 1
    sequence = at
    return null
  }

  return {
    count: (words, slot) => {
      const at = sequenceAt(words, slot)
      const fault = isReject(words, slot) ? countReject(words, slot, at) : countBar(words, slot, at)
      if (fault === null) row = Math.max(row, rowAt(words, slot))
      return fault
    },
    sequence: () => sequence,
    end: (tornBytes) => {
      const newest = new Map<number, MutableBar>()
      const barsByInstrument = new Map<number, number>()
      for (const [instrument, entry] of entries) {
        newest.set(instrument, { ...entry.newest })
        barsByInstrument.set(instrument, entry.bars)
      }
      return { sequence, row, bars, rejects, rejectsByRule: { ...rejectsByRule }, newest, barsByInstrument, tornBytes }
    },
  }
}

/** For records that we made ourselves. */
export const countOwn = (tally: Tally, words: Words, slot: number): void => {
  const fault = tally.count(words, slot)
  if (fault !== null) throw new BrokenInvariant(`a record of the tape ${fault}`)
}
