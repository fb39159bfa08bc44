import xterm from '@xterm/headless'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compact } from '../../tui/terminal/compact.ts'

const ESC = '\u001b'
const SIZE = { cols: 24, rows: 8 }

/** What a person sees of each cell, and the style in which the next one would be written. */
const seen = async (before: string, frame: string): Promise<readonly string[]> => {
  const terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true, scrollback: 0 })
  await new Promise<void>((resolve) => terminal.write(`${before}${frame}x`, resolve))
  const { active } = terminal.buffer
  const cells = Array.from({ length: SIZE.rows * SIZE.cols }, (_, at) => {
    const cell = active.getLine(Math.floor(at / SIZE.cols))?.getCell(at % SIZE.cols)
    const blank = (cell?.getChars() ?? '').trim() === ''
    const ink = blank ? [] : [cell?.getFgColorMode(), cell?.getFgColor(), cell?.isBold(), cell?.isDim(), cell?.isItalic()]
    // An inverse blank shows its colour as ground, an underlined one as line.
    const inverse = cell?.isInverse() ? [true, cell.getFgColorMode(), cell.getFgColor()] : [false]
    return JSON.stringify([
      cell?.getChars().trim(),
      ...ink,
      ...inverse,
      cell?.getBgColorMode(),
      cell?.getBgColor(),
      cell?.isUnderline(),
      cell?.isStrikethrough(),
    ])
  })
  terminal.dispose()
  return [...cells, `${active.cursorX},${active.cursorY}`]
}

const style = fc.constantFrom(
  ...[0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29, 31, 32, 39, 41, 44, 49, 91, 104, '38;5;200', '48;2;1;2;3', '1;31', '0;2', ''].map(
    (code) => `${ESC}[${code}m`,
  ),
)
const other = fc.constantFrom(
  `${ESC}[E`,
  `${ESC}[E${ESC}[E${ESC}[E`,
  `${ESC}[K`,
  `${ESC}[5G`,
  `${ESC}[5G${ESC}[K`,
  `${ESC}[19G${ESC}[K`,
  `${ESC}[2A`,
  `${ESC}[H`,
  `${ESC}[?25l`,
  '\r\n',
)
const text = fc.constantFrom(' ', '   ', 'ab', ' cd ', 'e', '漢', 'x y')

test('it shows the same, whatever Ink writes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 3, arbitrary: style }, { weight: 1, arbitrary: other }, { weight: 2, arbitrary: text }), { maxLength: 40 }),
      async (parts) => {
        const frame = `${parts.join('')}${ESC}[0m`
        const before = `${ESC}[H${'#'.repeat(SIZE.cols)}${ESC}[4;1H`
        expect(await seen(before, compact(frame, SIZE.cols))).toEqual(await seen(before, frame))
      },
    ),
    { numRuns: Number(process.env.AEGIS_RUNS ?? 600) },
  )
})

test.each([
  { says: 'styles with nothing between them are not sent', given: `${ESC}[1m${ESC}[22m${ESC}[36m${ESC}[39m6s`, sent: '6s' },
  { says: 'styles that begin together are sent together', given: `${ESC}[1m${ESC}[36m>${ESC}[39m${ESC}[22m`, sent: `${ESC}[1;36m>${ESC}[m` },
  { says: 'blanks wait for no colour', given: `${ESC}[32mok   ${ESC}[39m   ${ESC}[32mok${ESC}[39m`, sent: `${ESC}[32mok      ok${ESC}[m` },
  { says: 'an underlined blank is seen', given: `${ESC}[4m  ${ESC}[24m  `, sent: `${ESC}[4m  ${ESC}[m  ` },
  { says: 'rows that stay are one step', given: `${ESC}[E`.repeat(9), sent: `${ESC}[9E` },
  {
    says: 'bold that ends beside dim',
    given: `${ESC}[1m${ESC}[31ma${ESC}[22m${ESC}[2mb${ESC}[22m${ESC}[39m`,
    sent: `${ESC}[1;31ma${ESC}[22;2mb${ESC}[m`,
  },
  { says: 'what is not known goes as it came', given: `${ESC}[53mo${ESC}[55m`, sent: `${ESC}[53mo${ESC}[55m` },
  { says: 'what is left of a row is erased after its new text', given: `${ESC}[5G${ESC}[Kab\ncd`, sent: `${ESC}[5Gab${ESC}[K\ncd` },
  { says: 'where nothing is left, nothing is erased', given: `${ESC}[21G${ESC}[Kabcd`, sent: `${ESC}[21Gabcd` },
  { says: 'a row of no text is erased', given: `${ESC}[1G${ESC}[K${ESC}[E`, sent: `${ESC}[1G${ESC}[K${ESC}[E` },
  {
    says: 'what is left is erased without the style of the text before it',
    given: `${ESC}[5G${ESC}[K${ESC}[44mab${ESC}[49m`,
    sent: `${ESC}[5G${ESC}[44mab${ESC}[m${ESC}[K`,
  },
  { says: 'where a character may take two cells, all is erased first', given: `${ESC}[5G${ESC}[Ka漢`, sent: `${ESC}[5G${ESC}[Ka漢` },
  { says: 'text that goes on in the next row, too', given: `${ESC}[23G${ESC}[Kabcd`, sent: `${ESC}[23G${ESC}[Kabcd` },
  { says: 'text alone', given: 'plain', sent: 'plain' },
  { says: 'nothing', given: '', sent: '' },
])('$says', ({ given, sent }) => {
  expect(compact(given, SIZE.cols)).toBe(sent)
})

test('nothing grows, but by the ground of what is erased behind coloured text, and by some bytes where all styles ended at once', () => {
  const [there, anew] = ['0;48;2;255;255;255'.length + 3, 8]
  const styled = (code: string): string => `${ESC}[${code}m`
  const grounds = ['41', '44', '104', '48;2;1;2;3'].map(styled)
  const resets = ['', '0', '0;2'].map(styled)
  fc.assert(
    fc.property(fc.array(fc.oneof(style, other, text), { maxLength: 60 }), (parts) => {
      const frame = `${parts.join('')}${ESC}[0m`
      const count = (wanted: readonly string[]): number => parts.filter((part) => wanted.includes(part)).length
      const erased = count(grounds) === 0 ? 0 : parts.filter((part) => part.endsWith(`${ESC}[K`)).length
      expect(compact(frame, SIZE.cols).length).toBeLessThanOrEqual(frame.length + erased * 2 * there + count(resets) * anew)
    }),
  )
})
