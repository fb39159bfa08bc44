const DECIMAL = /^-?\d+(?:\.\d+)?$/
/** Beyond this a double may not hold every digit, so the text is shown as it came. */
const DOUBLE_DIGITS_MAX = 15

/** Decimal text with at most `decimals` places and groups of three; what is no decimal is shown as it came, null as `unknown`. */
export const amount = (text: string | null, decimals = 2): string => {
  if (text === null) return 'unknown'
  if (!DECIMAL.test(text) || text.replace(/\D/g, '').length > DOUBLE_DIGITS_MAX) return text
  const [whole = '', fraction] = fixed(Number(text), decimals).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** With so many decimals; what is nothing by them has no sign, for a loss of nothing is none. */
export const fixed = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals)
  return Number(text) === 0 ? text.replace('-', '') : text
}

/** A quantity or price: its own digits without the zeros at the end, since how many matter is the instrument's affair. */
export const digits = (text: string | null): string => {
  if (text === null) return 'unknown'
  return DECIMAL.test(text) && text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

const LEVEL_DIGITS = 9

/** A price that a strategy computed: nine digits that count, since what is left of a division behind them says nothing. */
export const level = (value: number | null): string => (value === null ? 'none' : String(Number(value.toPrecision(LEVEL_DIGITS))))

/** As `amount` with its sign always shown. */
export const signed = (text: string | null, decimals = 2): string => {
  const shown = amount(text, decimals)
  return text !== null && DECIMAL.test(text) && !shown.startsWith('-') && /[1-9]/.test(shown) ? `+${shown}` : shown
}

export const percent = (ratio: number | null): string => {
  if (ratio === null) return 'unknown'
  const shown = fixed(ratio * 100, 2)
  return `${Number(shown) > 0 ? '+' : ''}${shown}%`
}

export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** A guard's value or limit: numbers with at most four significant decimals, text as it is. */
export const reading = (value: number | string | null): string => {
  if (value === null) return '-'
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)))
}

const SHARE = /^(?:ratio|share)\b ?/

/** As `reading`, and a share of something as a percentage: nobody counts zeros behind a point when it matters. */
export const measured = (value: number | string | null, unit: string): string =>
  typeof value === 'number' && SHARE.test(unit) ? `${Number((value * 100).toFixed(3))}%` : reading(value)

/** What `measured` says of itself where its unit is named beside it. */
export const unitOf = (unit: string): string => unit.replace(SHARE, '')

/** Which way a figure points, for its tone. */
export const direction = (text: string | null): 'gain' | 'loss' | 'text' => {
  const value = text === null ? 0 : Number(text)
  if (value > 0) return 'gain'
  return value < 0 ? 'loss' : 'text'
}

/** `1 bar`, `2 bars`, `1 strategy`, `2 strategies`. */
export const counted = (number: number, one: string, more = `${one}s`): string => `${count(number)} ${number === 1 ? one : more}`
