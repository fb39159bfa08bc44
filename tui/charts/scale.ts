import type { Series } from '../store/state.ts'

/** The values between which a picture lies, and those that are named beside it, lowest first. */
export type Scale = { readonly least: number; readonly most: number; readonly ticks: readonly { readonly value: number; readonly text: string }[] }

const TICKS_MAX = 8
const PARTS_MORE_MAX = 4
const DECIMALS_MAX = 8
const UNITS = [
  { from: 1e9, text: 'G' },
  { from: 1e6, text: 'M' },
  { from: 1e3, text: 'k' },
  { from: 0, text: '' },
] as const

/** From the least to the most of finite values, with round ones between, so many as fit on `rows`. A constant stands in the middle. */
export const scaleOf = (values: readonly number[], rows: number): Scale => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return scaleOf([0], rows)
  // Halves, because the difference of two huge numbers may have no number.
  const half = high / 2 - low / 2
  // Below what a number of this size can tell apart there is nothing to see.
  const flat = half <= Math.max(Math.abs(low), Math.abs(high)) * 1e-12
  const wanted = Math.max(1, Math.min(5, Math.floor(rows / 2)))
  const margin = flat ? roundStep(Math.abs(high) * 0.01 || 1) : 0
  const [least, most] = [low - margin, high + margin]
  if (!Number.isFinite((most - least) * 4))
    return { least: low, most: high, ticks: [low, high].map((value) => ({ value, text: value.toExponential(1) })) }

  let [step, first, last] = [0, 0, 0]
  // Two are named at least: with one alone nothing can be measured.
  for (let parts = wanted; parts <= wanted + PARTS_MORE_MAX && last - first < 1; parts += 1) {
    step = roundStep((most - least) / parts)
    first = Math.ceil(least / step - 1e-9)
    last = Math.floor(most / step + 1e-9)
  }
  const write = writer(step, Math.max(Math.abs(least), Math.abs(most)))
  const ticks = Array.from({ length: Math.max(0, Math.min(TICKS_MAX, last - first + 1)) }, (_, index) => (first + index) * step)
  return { least, most, ticks: ticks.map((value) => ({ value, text: write(value) })) }
}

const roundStep = (step: number): number => {
  const power = 10 ** Math.floor(Math.log10(step))
  if (power === 0 || !Number.isFinite(power)) return Number.MIN_VALUE
  const times = step / power
  return (times <= 1.0000001 ? 1 : times <= 2.0000001 ? 2 : times <= 5.0000001 ? 5 : 10) * power
}

const writer = (step: number, largest: number): ((value: number) => string) => {
  if (largest >= 1e15 || step < 1e-8) return (value) => (value === 0 ? '0' : value.toExponential(2))
  const unit = UNITS.find(({ from }) => step >= from) ?? UNITS[3]
  const factor = unit.from || 1
  const decimals = Math.max(0, Math.min(DECIMALS_MAX, -Math.floor(Math.log10(step / factor) + 1e-9)))
  return (value) => {
    const text = (value / factor).toFixed(decimals)
    return `${Number(text) === 0 ? text.replace('-', '') : text}${unit.text}`
  }
}

/** Where a value lies between the ends, from 0 to 1. */
export const shareOf = ({ least, most }: Scale, value: number): number => {
  const width = most / 2 - least / 2
  return width > 0 ? Math.max(0, Math.min(1, (value / 2 - least / 2) / width)) : 0.5
}

/**
 * One value for each of `count` equal pieces of time: the one that differs most from the piece before, so that no peak is lost. What
 * was not heard again still holds; null before the first.
 */
export const sampled = (points: Series, from: number, to: number, count: number): readonly (number | null)[] => {
  const samples: (number | null)[] = []
  let held: number | null = null
  let next = 0
  for (let piece = 0; piece < count; piece += 1) {
    const end = piece === count - 1 ? Number.POSITIVE_INFINITY : from + ((to - from) * (piece + 1)) / count
    let chosen: number | null = null
    let last: number | null = null
    for (let point = points[next]; point !== undefined && point.at < end; point = points[next]) {
      if (chosen === null || (held !== null && Math.abs(point.value - held) > Math.abs(chosen - held))) chosen = point.value
      last = point.value
      next += 1
    }
    samples.push(chosen ?? held)
    held = last ?? held
  }
  return samples
}

/** A figure to be read: two decimals from a hundred on, four significant digits below, huge ones as a power of ten. */
export const figure = (value: number): string => {
  const size = Math.abs(value)
  if (size >= 1e15) return value.toExponential(3)
  if (size < 100) return String(Number(value.toPrecision(4)))
  return Number(value.toFixed(2)).toLocaleString('en-US', { maximumFractionDigits: 2 })
}
