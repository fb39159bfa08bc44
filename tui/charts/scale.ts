import type { Series } from '../store/state.ts'

/** The values between which a picture lies, and those that are named beside it, lowest first. */
export type Scale = { readonly least: number; readonly most: number; readonly ticks: readonly { readonly value: number; readonly text: string }[] }

const TICKS_MAX = 8
const DECIMALS_MAX = 8
const UNITS = [
  { from: 1e9, text: 'G' },
  { from: 1e6, text: 'M' },
  { from: 1e3, text: 'k' },
  { from: 0, text: '' },
] as const

/** Round values around finite ones, so many as fit on `rows`. A constant stands in the middle. */
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
  const step = flat ? roundStep(Math.abs(high) * 0.01 || 1) : roundStep((half / wanted) * 2)
  if (!Number.isFinite(step * 4) || !Number.isFinite(high * 2) || !Number.isFinite(low * 2)) return plainScale(low, high)
  const first = flat ? Math.floor(low / step - 0.5) : Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, flat ? Math.ceil(high / step + 0.5) : Math.ceil(high / step - 1e-9))
  const count = Math.min(TICKS_MAX, last - first + 1)
  const write = writer(step, Math.max(Math.abs(first), Math.abs(last)) * step)
  return {
    least: first * step,
    most: last * step,
    ticks: Array.from({ length: count }, (_, index) => ({ value: (first + index) * step, text: write((first + index) * step) })),
  }
}

/** Numbers at the end of what a number can be. */
const plainScale = (low: number, high: number): Scale => ({
  least: low / 2 === high / 2 ? low / 2 : low,
  most: high,
  ticks: [low, high].map((value) => ({ value, text: value.toExponential(1) })),
})

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
