import type { Environment } from '../../src/home.ts'
import type { KeyEvent, MouseEvent } from './key-event.ts'
import type { Schedule } from './schedule.ts'

/** A paste whose end never comes is closed after so much silence or text, so that the keyboard is never lost. */
const PASTE_SILENCE_MS = 1_000
const PASTE_LENGTH_MAX = 1_048_576
/** What follows a burst of characters so closely belongs to it. */
const BURST_MS = 60
/** A sequence that is longer is none. */
const SEQUENCE_LENGTH_MAX = 64
const ESC = '\u001b'
const PASTE_START = `${ESC}[200~`
const PASTE_END = `${ESC}[201~`

const ESC_LOCAL_MS = 25
const ESC_REMOTE_MS = 100
const ESC_MS_MAX = 2_000

/** How long a lone ESC is held: over SSH and under a multiplexer the bytes of one key may come apart. */
export const escapeHoldMs = (env: Environment): number => {
  const set = Number(env.AEGIS_ESC_MS)
  if (env.AEGIS_ESC_MS !== undefined && env.AEGIS_ESC_MS !== '' && Number.isFinite(set)) return Math.max(0, Math.min(ESC_MS_MAX, set))
  const remote = Object.keys(env).some((name) => env[name] && (/^(?:SSH_CONNECTION|SSH_TTY|TMUX|STY|ZELLIJ)$/.test(name) || name.startsWith('MOSH_')))
  return remote ? ESC_REMOTE_MS : ESC_LOCAL_MS
}

export type StdinFilterOptions = {
  readonly escMs: number
  readonly monotonic: () => number
  readonly schedule: Schedule
  readonly onEvent: (event: KeyEvent) => void
  /** The terminal says that it is looked at, or not (DECSET 1004). */
  readonly onFocus?: (on: boolean) => void
}

export type StdinFilter = {
  readonly push: (chunk: string) => void
  /** Forgets what is half read; the timers with it. */
  readonly reset: () => void
}

/** What is being read: nothing, a sequence that may go on, or a paste. */
type Reading =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sequence'; readonly text: string }
  | { readonly kind: 'paste'; readonly parts: string[]; readonly length: number }

/** From chunks of the terminal to keys. Pastes are text, never keys; a burst of characters is text too. */
export const createStdinFilter = ({ escMs, monotonic, schedule, onEvent, onFocus }: StdinFilterOptions): StdinFilter => {
  let reading: Reading = { kind: 'idle' }
  let cancel: (() => void) | null = null
  let burstAt = Number.NEGATIVE_INFINITY

  const setTimer = (ms: number, run: () => void): void => {
    cancel?.()
    cancel = schedule(ms, () => {
      cancel = null
      run()
    })
  }

  const reset = (): void => {
    cancel?.()
    cancel = null
    reading = { kind: 'idle' }
  }

  const push = (chunk: string): void => {
    cancel?.()
    cancel = null
    const held = reading.kind === 'sequence' ? reading.text : ''
    if (reading.kind === 'sequence') reading = { kind: 'idle' }
    let rest = held + chunk
    while (rest !== '') rest = reading.kind === 'paste' ? inPaste(reading.parts, reading.length, rest) : inKeys(rest)
    // The type is widened because the calls above change it.
    const now = reading as Reading
    if (now.kind === 'paste') setTimer(PASTE_SILENCE_MS, () => closePaste(true))
    else if (now.kind === 'sequence') setTimer(escMs, () => giveUpSequence(now.text))
  }

  /** ESC alone is the key; an unfinished sequence is nobody's key and must not become its letters. */
  const giveUpSequence = (text: string): void => {
    reading = { kind: 'idle' }
    if (text === ESC) onEvent({ kind: 'key', name: 'Esc', count: 1 })
  }

  const closePaste = (cut: boolean): void => {
    if (reading.kind !== 'paste') return
    const text = reading.parts.join('')
    reset()
    onEvent({ kind: 'paste', text: cut ? text.replace(CUT_MARKER, '') : text, cut })
  }

  const inPaste = (parts: string[], length: number, text: string): string => {
    const interrupt = text.indexOf('\u0003')
    // The end marker may be split over two chunks, so the tail of what came before is looked at again.
    const joined = (parts.pop() ?? '') + text
    const end = joined.indexOf(PASTE_END)
    const shift = joined.length - text.length
    if (interrupt >= 0 && (end < 0 || interrupt + shift < end)) {
      reset()
      onEvent({ kind: 'key', name: 'Ctrl-C', count: 1 })
      return text.slice(interrupt + 1)
    }
    if (end >= 0) {
      parts.push(joined.slice(0, end))
      closePaste(false)
      return joined.slice(end + PASTE_END.length)
    }
    const next = length + text.length
    const tail = joined.slice(-(PASTE_END.length - 1))
    parts.push(joined.slice(0, joined.length - tail.length), tail)
    reading = { kind: 'paste', parts, length: next }
    if (next >= PASTE_LENGTH_MAX) {
      closePaste(true)
      burstAt = monotonic() // what is left of it must not become keys
    }
    return ''
  }

  /** Reads keys up to the end, to an unfinished sequence, or to the start of a paste. Gives back what is not read. */
  const inKeys = (text: string): string => {
    const keys: string[] = []
    let characters = 0
    let controls = 0
    let at = 0
    while (at < text.length) {
      const token = readToken(text, at)
      if (token.kind === 'unfinished') {
        if (text.length - at <= SEQUENCE_LENGTH_MAX) reading = { kind: 'sequence', text: text.slice(at) }
        break
      }
      at += token.length
      if (token.kind === 'paste') {
        emit(keys, characters, controls, text.slice(0, at - token.length))
        reading = { kind: 'paste', parts: [], length: 0 }
        return text.slice(at)
      }
      if (token.kind === 'focus') onFocus?.(token.on)
      if (token.kind === 'mouse') onEvent(token.event)
      if (token.kind === 'key') {
        keys.push(token.name)
        if (token.printable) characters += 1
        else if (token.length === 1) controls += 1
      }
    }
    emit(keys, characters, controls, text.slice(0, at))
    return ''
  }

  const emit = (keys: readonly string[], characters: number, controls: number, text: string): void => {
    const [first] = keys
    if (first === undefined) return
    const inBurst = characters > 0 && monotonic() - burstAt < BURST_MS
    const interrupts = keys.includes('Ctrl-C')
    if (keys.every((key) => key === first) && !inBurst) {
      onEvent({ kind: 'key', name: first, count: keys.length })
      return
    }
    // One letter beside arrows and the like, which no text has, was typed over a slow line.
    if (characters === 0 || (characters === 1 && controls === 0 && !inBurst)) {
      for (const name of keys) onEvent({ kind: 'key', name, count: 1 })
      return
    }
    // Characters beside anything else in one chunk: typed by nobody, or too fast to mean single keys.
    burstAt = monotonic()
    onEvent({ kind: 'text', text: withoutSequences(text) })
    if (interrupts) onEvent({ kind: 'key', name: 'Ctrl-C', count: 1 })
  }

  return { push, reset }
}

/** The beginning of an end marker that never came whole. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CUT_MARKER = /\u001b\[?[0-9]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|.)?/g

const withoutSequences = (text: string): string => text.replace(SEQUENCES, '')

type Token =
  | { readonly kind: 'key'; readonly name: string; readonly length: number; readonly printable: boolean }
  | { readonly kind: 'paste'; readonly length: number }
  | { readonly kind: 'focus'; readonly on: boolean; readonly length: number }
  | { readonly kind: 'mouse'; readonly event: MouseEvent; readonly length: number }
  /** A sequence that is complete and means no key of ours: answers of the terminal, other buttons. */
  | { readonly kind: 'nothing'; readonly length: number }
  | { readonly kind: 'unfinished' }

const readToken = (text: string, at: number): Token => {
  const code = text.codePointAt(at) ?? 0
  if (text[at] === ESC) return readSequence(text, at)
  if (code < 0x20 || code === 0x7f) return { kind: 'key', name: controlName(code), length: 1, printable: false }
  const character = String.fromCodePoint(code)
  return { kind: 'key', name: character === ' ' ? 'Space' : character, length: character.length, printable: true }
}

const controlName = (code: number): string => {
  switch (code) {
    case 0x09:
      return 'Tab'
    case 0x0a:
    case 0x0d:
      return 'Enter'
    case 0x08:
    case 0x7f:
      return 'Backspace'
    case 0x00:
      return 'Ctrl-Space'
    default:
      return `Ctrl-${String.fromCharCode(code + 0x40)}`
  }
}

const readSequence = (text: string, at: number): Token => {
  const next = text[at + 1]
  if (next === undefined) return { kind: 'unfinished' }
  // Two ESC in a row: the first was pressed alone.
  if (next === ESC) return { kind: 'key', name: 'Esc', length: 1, printable: false }
  if (next === 'O') {
    const final = text[at + 2]
    if (final === undefined) return { kind: 'unfinished' }
    return named(FINALS[final], 3)
  }
  // Alt is not used: over a slow line it is the same as ESC and then the key, so the key alone would be a guess.
  if (next !== '[') return { kind: 'nothing', length: 1 + String.fromCodePoint(text.codePointAt(at + 1) ?? 0).length }
  let end = at + 2
  if (text[end] === '[') end += 1 // the Linux console writes F1 as ESC [ [ A
  while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x3f) end += 1
  if (end >= text.length) return { kind: 'unfinished' }
  const body = text.slice(at + 2, end + 1)
  const length = end + 1 - at
  if (text.slice(at, end + 1) === PASTE_START) return { kind: 'paste', length }
  if (body === 'I' || body === 'O') return { kind: 'focus', on: body === 'I', length }
  const mouse = mouseEvent(body)
  return mouse === null ? named(csiName(body), length) : { kind: 'mouse', event: mouse, length }
}

const BUTTONS: Readonly<Record<string, MouseEvent['button']>> = { 0: 'left', 64: 'wheelUp', 65: 'wheelDown' }

/** A press as modes 1000 and 1006 tell it; releases and other buttons mean nothing. */
const mouseEvent = (body: string): MouseEvent | null => {
  const [, button, column, row] = /^<(\d{1,3});(\d{1,4});(\d{1,4})M$/.exec(body) ?? []
  const known = BUTTONS[button ?? '']
  return known === undefined ? null : { kind: 'mouse', button: known, column: Number(column) - 1, row: Number(row) - 1 }
}

const named = (name: string | undefined, length: number): Token =>
  name === undefined ? { kind: 'nothing', length } : { kind: 'key', name, length, printable: false }

const FINALS: Readonly<Record<string, string>> = {
  A: 'Up',
  B: 'Down',
  C: 'Right',
  D: 'Left',
  F: 'End',
  H: 'Home',
  P: 'F1',
  Q: 'F2',
  R: 'F3',
  S: 'F4',
  Z: 'Shift-Tab',
}

const NUMBERS: Readonly<Record<string, string>> = {
  1: 'Home',
  3: 'Delete',
  4: 'End',
  5: 'PageUp',
  6: 'PageDown',
  7: 'Home',
  8: 'End',
  11: 'F1',
  15: 'F5',
}

/** A key with Ctrl, Alt or Shift held counts as the plain one; nothing of ours depends on the difference but Shift-Tab. */
const csiName = (body: string): string | undefined => {
  const number = /^(\d+)(?:;\d+)?~$/.exec(body)?.[1]
  if (number !== undefined) return NUMBERS[number]
  const final = /^(?:1;\d+)?([A-DFHPQSZ])$/.exec(body)?.[1]
  return final === undefined ? undefined : FINALS[final]
}
