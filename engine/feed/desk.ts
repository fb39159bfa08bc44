import type { Logger } from 'pino'
import type { Bar, Instrument } from '../../src/contracts/market.ts'
import { BarFlag } from '../../src/contracts/market.ts'
import { clip } from '../../src/text.ts'
import type { TapeWriter } from '../tape/port.ts'
import { FIELD, type Firewall, ruleName } from './firewall.ts'
import { sampler } from './sampler.ts'

const SAMPLE_CHARACTERS = 160

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

/** Where accepted candles become bars and refused ones become counted rejects. */
export type Desk = {
  /** The bar made of these values; one reused object. */
  readonly bar: (slot: number, values: Float64Array, row: number, extraFlags: number, ingestTime: number) => Bar
  readonly reject: (rule: number, slot: number, row: number, at: number, text: () => string) => void
  /** Bars that do not follow on the one before, since this process began. */
  readonly gaps: () => number
}

export type DeskPorts = {
  readonly tape: TapeWriter
  readonly firewall: Firewall
  readonly instruments: readonly Instrument[]
  readonly timeframeMs: number
  readonly flags: number
  readonly log: Pick<Logger, 'warn'>
  readonly monotonic: () => number
}

export const createDesk = ({ tape, firewall, instruments, timeframeMs, flags, log, monotonic }: DeskPorts): Desk => {
  const samples = sampler()
  let sequence = tape.end().sequence
  let gaps = 0
  // Every number is a fraction at first, so that the engine keeps one shape and no bar allocates.
  const bar: Writable<Bar> = {
    sequence: 0,
    instrument: 0,
    timeframeMs,
    flags: 0,
    eventTime: 0.5,
    ingestTime: 0.5,
    row: 0,
    time: 0.5,
    open: 0.5,
    high: 0.5,
    low: 0.5,
    close: 0.5,
    volume: 0.5,
  }

  return {
    bar: (slot, values, row, extraFlags, ingestTime) => {
      sequence += 1
      const gap = firewall.afterGap()
      if (gap) gaps += 1
      bar.sequence = sequence
      bar.instrument = instruments[slot]?.id ?? 0
      bar.flags = BarFlag.closed | flags | extraFlags | (gap ? BarFlag.afterGap : 0)
      bar.time = values[FIELD.time] as number
      bar.open = values[FIELD.open] as number
      bar.high = values[FIELD.high] as number
      bar.low = values[FIELD.low] as number
      bar.close = values[FIELD.close] as number
      bar.volume = values[FIELD.volume] as number
      bar.eventTime = bar.time + timeframeMs
      bar.ingestTime = ingestTime
      bar.row = row
      return bar
    },
    reject: (rule, slot, row, at, text) => {
      const name = ruleName(rule)
      tape.reject(name, row, instruments[slot]?.id ?? NO_INSTRUMENT, Number.isFinite(at) ? at : 0)
      const passedOver = samples.take(monotonic())
      if (passedOver !== null) log.warn({ rule: name, row, passedOver, sample: clip(text(), SAMPLE_CHARACTERS) }, 'row refused by the data firewall')
    },
    gaps: () => gaps,
  }
}

/** On the tape, a reject whose instrument nobody knows. */
const NO_INSTRUMENT = -1
