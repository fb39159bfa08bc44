import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { Exit, ExitError } from '../../src/exit.ts'
import { type Complaint, type Document, fieldName, parseDocument } from '../../src/jsonc.ts'
import { nearest } from '../../src/nearest.ts'
import { inert } from '../../src/text.ts'
import { KEYMAP } from '../keymap.ts'
import type { Settings } from '../store/state.ts'
import { COLOURS } from '../terminal/look.ts'
import { type Style, THEMES, type Theme, TONES } from '../theme.ts'
import { freeCommands, type KeyWishes, rebind } from './rebind.ts'

const FILE_BYTES_MAX = 262_144
const FPS_MAX = 10

/** Sixteen names that every terminal has, or `#rrggbb`, which a terminal with fewer colours comes as near to as it can. */
const COLOUR = z.union([
  z.enum(['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'gray']),
  z.enum(['redBright', 'greenBright', 'yellowBright', 'blueBright', 'magentaBright', 'cyanBright', 'whiteBright']),
  z.string().regex(/^#[0-9a-fA-F]{6}$/, 'expected the name of a colour or #rrggbb'),
])
const STYLE = z.object({
  color: COLOUR.optional(),
  bold: z.boolean().optional(),
  dim: z.boolean().optional(),
  inverse: z.boolean().optional(),
  underline: z.boolean().optional(),
})
const KEY_NAME = /^(?:[\x21-\x7e]|Ctrl-[A-Z]|Space|Enter|Tab|Shift-Tab|Backspace|Delete|Up|Down|Left|Right|PageUp|PageDown|Home|End|F(?:[1-5]))$/
const KEY = z.string().regex(KEY_NAME, 'expected a character such as K, or a name: Space, Up, PageDown, F1, Ctrl-X')

const FILE = z.object({
  theme: z.string().optional(),
  fps: z.int().min(1).max(FPS_MAX).optional(),
  lowBandwidth: z.boolean().optional(),
  notify: z.enum(['off', 'bell', 'osc9', 'osc777', 'auto']).optional(),
  charts: z.enum(['contrib', 'braille']).optional(),
  clipboard: z.boolean().optional(),
  mouse: z.boolean().optional(),
  color: z.enum(COLOURS).optional(),
  ascii: z.boolean().optional(),
  themes: z
    .record(z.string(), z.object({ base: z.enum(['dark', 'light', 'mono']).optional(), tones: z.partialRecord(z.enum(TONES), STYLE) }))
    .optional(),
  keys: z.record(z.string(), z.union([KEY, z.array(KEY).min(1)])).optional(),
})
type File = z.infer<typeof FILE>

/** What a person set for all consoles of this host, beside what a flag says. */
export type ConsoleSettings = {
  readonly settings: Partial<Settings>
  readonly colour?: string
  readonly ascii?: boolean
  /** Own themes by their names. */
  readonly themes: Readonly<Record<string, Theme>>
  readonly keys: KeyWishes
  /** What was not understood and does nothing. */
  readonly warnings: readonly string[]
}

/**
 * Reads them before the screen is touched.
 * @throws ExitError 78 naming file, line, column and field of everything that is wrong.
 */
export const readConsoleSettings = (path: string): ConsoleSettings => parseConsoleSettings(path, read(path))

const read = (path: string): string => {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return refuse([`${inert(path)}: is no file`])
    const { size } = stats
    if (size > FILE_BYTES_MAX) return refuse([`${inert(path)}: has ${size} bytes, ${FILE_BYTES_MAX} is the most`])
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof ExitError) throw error
    return refuse([`${inert(path)}: cannot be read: ${(error as NodeJS.ErrnoException).code}`])
  }
}

const refuse: (complaints: readonly string[]) => never = (complaints) => {
  throw new ExitError(Exit.configuration, complaints.join('\n'), 'mend the file, or name another one with --settings')
}

/** Pure: text in, settings out. */
export const parseConsoleSettings = (path: string, text: string): ConsoleSettings => {
  const at = ({ line, column, field, message }: Complaint): string => `${inert(path)}:${line}:${column} ${inert(field)}: ${message}`
  const document = parsedOr(path, text)
  if (document.complaints.length > 0) refuse(document.complaints.map(at))
  const parsed = FILE.safeParse(document.value)
  if (!parsed.success) {
    return refuse(
      parsed.error.issues.map((issue) => {
        const where = issue.path.filter((part) => typeof part !== 'symbol')
        const { line, column } = document.position(where) ?? { line: 1, column: 1 }
        return at({ line, column, field: fieldName(where), message: issue.message.replace(/^Invalid (?:input|option): /, '') })
      }),
    )
  }
  const complaints = [...wrongThemes(parsed.data, document), ...wrongKeys(parsed.data, document)]
  if (complaints.length > 0) refuse(complaints.map(at))
  const { theme, fps, lowBandwidth, notify, charts, clipboard, mouse, color, ascii } = parsed.data
  const chosen = { theme, fps, lowBandwidth, notify, charts, clipboard, mouse }
  return {
    settings: Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
    ...(color === undefined ? {} : { colour: color }),
    ...(ascii === undefined ? {} : { ascii }),
    themes: themesOf(parsed.data),
    keys: wishesOf(parsed.data),
    warnings: unknownNames(document).map(at),
  }
}

/** So many brackets in each other that nothing can read them. */
const parsedOr = (path: string, text: string): Document => {
  try {
    return parseDocument(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return refuse([`${inert(path)}:1:1 (file): is nested too deep`])
  }
}

const placeOf = (document: Document, path: readonly string[]): Pick<Complaint, 'line' | 'column' | 'field'> => ({
  ...(document.position(path) ?? { line: 1, column: 1 }),
  field: fieldName(path),
})

const wrongThemes = ({ theme, themes = {} }: File, document: Document): readonly Complaint[] => {
  const known = [...Object.keys(THEMES), ...Object.keys(themes)]
  const taken = Object.keys(themes).filter((name) => Object.hasOwn(THEMES, name))
  return [
    ...taken.map((name) => ({ ...placeOf(document, ['themes', name]), message: 'is the name of a theme that is there already; take another' })),
    ...(theme === undefined || known.includes(theme)
      ? []
      : [{ ...placeOf(document, ['theme']), message: `no theme ${JSON.stringify(theme)}; there are ${known.join(', ')}` }]),
  ]
}

const themesOf = ({ themes = {} }: File): Readonly<Record<string, Theme>> =>
  Object.fromEntries(
    Object.entries(themes).map(([name, { base = 'dark', tones }]) => {
      const styles = Object.entries(tones).map(([tone, style]) => [tone, styleOf(style ?? {})])
      return [name, { ...THEMES[base], ...Object.fromEntries(styles) } as Theme]
    }),
  )

const styleOf = ({ color, bold, dim, inverse, underline }: z.infer<typeof STYLE>): Style => ({
  ...(color === undefined ? {} : { color }),
  ...(bold === true ? { bold } : {}),
  ...(dim === true ? { dimColor: true } : {}),
  ...(inverse === true ? { inverse } : {}),
  ...(underline === true ? { underline } : {}),
})

const wishesOf = ({ keys = {} }: File): KeyWishes =>
  Object.fromEntries(Object.entries(keys).map(([command, names]) => [command, typeof names === 'string' ? [names] : names]))

const wrongKeys = (file: File, document: Document): readonly Complaint[] => {
  const commands: readonly string[] = freeCommands(KEYMAP)
  const named = Object.keys(file.keys ?? {})
  const strangers = named.filter((name) => !commands.includes(name))
  if (strangers.length > 0) {
    return strangers.map((name) => {
      const near = nearest(name, commands)
      const says = near === null ? `there are ${commands.join(', ')}` : `did you mean ${near}?`
      return { ...placeOf(document, ['keys', name]), message: `no command whose key can be chosen; ${says}` }
    })
  }
  const bound = rebind(KEYMAP, wishesOf(file))
  if (bound.ok) return []
  return bound.error.map(({ commands: involved, message }) => {
    const mine = involved.find((command) => named.includes(command))
    return { ...placeOf(document, mine === undefined ? ['keys'] : ['keys', mine]), message }
  })
}

const STYLE_NAMES = Object.keys(STYLE.shape)
const FILE_NAMES = Object.keys(FILE.shape)

/** Names that mean nothing: an older console may read the file of a newer one, so they are told and passed over. */
const unknownNames = (document: Document): readonly Complaint[] =>
  document.members.flatMap(({ path, key, line, column }) => {
    const known = key === null ? null : namesAt(path.slice(0, -1))
    if (key === null || known === null || known.includes(key)) return []
    const near = nearest(key, known)
    const says = near === null ? `known here are ${known.join(', ')}` : `did you mean ${near}?`
    return [{ line, column, field: fieldName(path), message: `unknown setting, it does nothing; ${says}` }]
  })

/** The names that may stand in an object of the file; null where they are free. */
const namesAt = (path: readonly (string | number)[]): readonly string[] | null => {
  if (path.length === 0) return FILE_NAMES
  if (path[0] !== 'themes') return null
  if (path.length === 2) return ['base', 'tones']
  return path.length === 4 ? STYLE_NAMES : null
}
