import type { Random } from '../../src/random.ts'

const FIRST_MS = 200
const MS_MAX = 5_000

/**
 * Wait before attempt 1, 2, 3 …: doubles from 200 ms to 5 s, of which between half and the whole is waited, so that the consoles
 * of one engine do not all come back at the same moment.
 */
export const backOffMs = (attempt: number, random: Random): number => {
  const whole = Math.min(MS_MAX, FIRST_MS * 2 ** (attempt - 1))
  return Math.round(whole * (0.5 + random.next() / 2))
}
