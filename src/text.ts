/**
 * Text from outside is made inert before it reaches a terminal: control characters of C0 and C1, DEL, line and paragraph
 * separators, bidirectional controls, zero-width and tag characters become visible escapes. Raw bytes stay in the ledger only.
 */
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|[\u{e0000}-\u{e0fff}]/gu

const visible = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** The text on one line with nothing in it that a terminal would obey. */
export const inert = (text: string): string => text.replace(DANGEROUS, visible)

/** Inert and at most `width` characters, the last one an ellipsis where something was cut. */
export const clip = (text: string, width: number): string => {
  const safe = inert(text)
  if (safe.length <= width) return safe
  return width <= 0 ? '' : `${safe.slice(0, width - 1)}…`
}

/** One escape for each UTF-16 unit, as JSON wants it. */
const escaped = (character: string): string =>
  character === '\n' ? character : Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

/** JSON with the same characters as escapes: the very same value, and harmless on a terminal. Line breaks between members stay. */
export const inertJson = (json: string): string => json.replace(DANGEROUS, escaped)
