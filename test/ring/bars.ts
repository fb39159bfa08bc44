import type { Bar } from '../../src/contracts/market.ts'

/** A bar whose every field follows from its sequence, so that a torn or mixed-up one shows. */
export const barOf = (sequence: number): Bar => ({
  sequence,
  instrument: sequence % 7,
  timeframeMs: 60_000 + (sequence % 5),
  flags: sequence & 31,
  eventTime: sequence * 5 + 0.25,
  ingestTime: sequence * 7 + 0.5,
  time: sequence * 3,
  open: sequence * 11 + 0.125,
  high: sequence * 13,
  low: sequence / 17,
  close: sequence * 19,
  volume: sequence / 23,
  row: sequence + 1_000,
})

/** The fields of `barOf` without making an object; for millions of bars. */
export const isWhole = (bar: Bar): boolean => {
  const { sequence } = bar
  return (
    bar.instrument === sequence % 7 &&
    bar.timeframeMs === 60_000 + (sequence % 5) &&
    bar.flags === (sequence & 31) &&
    bar.eventTime === sequence * 5 + 0.25 &&
    bar.ingestTime === sequence * 7 + 0.5 &&
    bar.time === sequence * 3 &&
    bar.open === sequence * 11 + 0.125 &&
    bar.high === sequence * 13 &&
    bar.low === sequence / 17 &&
    bar.close === sequence * 19 &&
    bar.volume === sequence / 23 &&
    bar.row === sequence + 1_000
  )
}

/** Whole numbers from one to the other, both included. */
export const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
