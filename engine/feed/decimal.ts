/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = 23
export const POWERS_OF_TEN = Float64Array.from({ length: EXACT_POWERS }, (_, exponent) => Number(`1e${exponent}`))

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const NOT_A_NUMBER = /^[+-]?nan$/i
const INFINITE = /^([+-]?)inf(?:inity)?$/i

/**
 * The number that a cell holds, or null where it holds none. `NaN` and `inf`, which other programs write, are numbers here, so that
 * the firewall can name them; hexadecimal, blanks and thousands separators are not.
 */
export const parseDecimal = (cell: string): number | null => {
  const text = cell.trim()
  if (DECIMAL.test(text)) return Number(text)
  if (NOT_A_NUMBER.test(text)) return Number.NaN
  const infinite = INFINITE.exec(text)
  if (infinite === null) return null
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
