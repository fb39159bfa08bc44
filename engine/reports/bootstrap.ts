import { seeded } from '../../src/random.ts'

export const RESAMPLES = 2_000
/** Outcomes that are drawn one by one; more are summed in runs of neighbours first, which keeps what they owe to each other. */
const BLOCKS_MAX = 2_000
const TAIL = 0.025

export type Interval = { readonly low: number; readonly high: number }

/**
 * 95 % interval of a sum by the percentile bootstrap: as many outcomes are drawn with replacement as there are, 2,000 times. The same
 * outcomes and seed give the same interval. Null without outcomes.
 */
export const intervalOfSum = (values: readonly number[], seed: number, resamples = RESAMPLES): Interval | null => {
  if (values.length === 0) return null
  const blocks = inBlocks(values)
  const random = seeded(seed)
  const sums = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample += 1) {
    let sum = 0
    for (let draw = 0; draw < blocks.length; draw += 1) sum += blocks[Math.floor(random.next() * blocks.length)] as number
    sums[resample] = sum
  }
  sums.sort()
  const at = (share: number): number => sums[Math.min(resamples - 1, Math.floor(share * resamples))] as number
  return { low: at(TAIL), high: at(1 - TAIL) }
}

const inBlocks = (values: readonly number[]): Float64Array => {
  if (values.length <= BLOCKS_MAX) return Float64Array.from(values)
  const blocks = new Float64Array(BLOCKS_MAX)
  for (const [index, value] of values.entries()) {
    const block = Math.floor((index * BLOCKS_MAX) / values.length)
    blocks[block] = (blocks[block] as number) + value
  }
  return blocks
}
