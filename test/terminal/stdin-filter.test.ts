import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KeyEvent } from '../../tui/terminal/key-event.ts'
import { createStdinFilter, escapeHoldMs } from '../../tui/terminal/stdin-filter.ts'
import { fakeTime } from '../helpers/fake-schedule.ts'

const ESC = '\u001b'

const keyboard = (escMs = 25) => {
  const time = fakeTime()
  const events: KeyEvent[] = []
  const filter = createStdinFilter({ escMs, monotonic: time.monotonic, schedule: time.schedule, onEvent: (event) => events.push(event) })
  return { ...filter, ...time, events }
}
const key = (name: string, count = 1): KeyEvent => ({ kind: 'key', name, count })

/** What comes of chunks that arrive one after the other, far apart. */
const typed = (...chunks: string[]): readonly KeyEvent[] => {
  const { push, pass, events } = keyboard()
  for (const chunk of chunks) {
    push(chunk)
    pass(500)
  }
  pass(5_000)
  return events
}

test.each([
  { says: 'a letter', chunks: ['p'], events: [key('p')] },
  { says: 'a letter of two units', chunks: ['😀'], events: [key('😀')] },
  { says: 'control keys', chunks: ['\u0003', '\u0004', '\u000c', '\u001a'], events: [key('Ctrl-C'), key('Ctrl-D'), key('Ctrl-L'), key('Ctrl-Z')] },
  { says: 'named keys', chunks: ['\r', '\t', ' ', '\u007f'], events: [key('Enter'), key('Tab'), key('Space'), key('Backspace')] },
  { says: 'arrows of both kinds', chunks: [`${ESC}[A`, `${ESC}OB`, `${ESC}[1;5C`], events: [key('Up'), key('Down'), key('Right')] },
  {
    says: 'page and edge keys',
    chunks: [`${ESC}[5~`, `${ESC}[6~`, `${ESC}[H`, `${ESC}[4~`, `${ESC}[Z`],
    events: [key('PageUp'), key('PageDown'), key('Home'), key('End'), key('Shift-Tab')],
  },
  { says: 'ESC alone, after it was held', chunks: [ESC], events: [key('Esc')] },
  { says: 'ESC twice', chunks: [ESC + ESC], events: [key('Esc'), key('Esc')] },
  {
    says: 'nothing for answers of the terminal, focus and buttons that were let go',
    chunks: [`${ESC}[?62;22c`, `${ESC}[I`, `${ESC}[<0;10;10m`, `${ESC}[12;40R`],
    events: [],
  },
  { says: 'nothing for Alt with a key, which over a slow line is a guess', chunks: [`${ESC}q`], events: [] },
  { says: 'nothing for a sequence that never ends, and not its letters', chunks: [`${ESC}[`, 'j'], events: [key('j')] },
  { says: 'the same letter several times as repeats', chunks: ['jjjj'], events: [key('j', 4)] },
  { says: 'the same arrow several times as repeats', chunks: [`${ESC}[B`.repeat(3)], events: [key('Down', 3)] },
  { says: 'different arrows one by one', chunks: [`${ESC}[B${ESC}[A`], events: [key('Down'), key('Up')] },
  { says: 'several letters as text', chunks: ['pause\rq'], events: [{ kind: 'text', text: 'pause\rq' }] },
  {
    says: 'a paste as one text, whatever is in it',
    chunks: [`${ESC}[200~q\r${ESC}[A p${ESC}[201~`],
    events: [{ kind: 'paste', text: `q\r${ESC}[A p`, cut: false }],
  },
  {
    says: 'keys before and after a paste',
    chunks: [`j${ESC}[200~x${ESC}[201~k`],
    events: [key('j'), { kind: 'paste', text: 'x', cut: false }, key('k')],
  },
  { says: 'a late end of a paste as nothing', chunks: [`${ESC}[201~`], events: [] },
])('reads $says', ({ chunks, events }) => {
  expect(typed(...chunks)).toEqual(events)
})

describe('an escape sequence that comes in pieces', () => {
  test.each([24, 0])('is one key when the rest comes after %i ms', (ms) => {
    const { push, pass, events } = keyboard()
    push(ESC)
    pass(ms)
    push('[')
    pass(ms)
    push('B')
    expect(events).toEqual([key('Down')])
  })

  test('is Escape when nothing comes in time, and the rest is no letter of ours', () => {
    const { push, pass, events } = keyboard()
    push(ESC)
    pass(26)
    expect(events).toEqual([key('Esc')])
  })

  test('is one key over SSH even after 90 ms', () => {
    const { push, pass, events } = keyboard(escapeHoldMs({ SSH_CONNECTION: '1 2 3 4' }))
    push(ESC)
    pass(90)
    push('[A')
    expect(events).toEqual([key('Up')])
  })

  test('split anywhere gives the same keys', () => {
    const whole = `j${ESC}[A${ESC}OB${ESC}[6~`
    for (let at = 1; at < whole.length; at += 1) {
      const { push, events } = keyboard()
      push(whole.slice(0, at))
      push(whole.slice(at))
      const names = events.flatMap((event) => (event.kind === 'key' ? Array.from({ length: event.count }, () => event.name) : []))
      expect(names).toEqual(['j', 'Up', 'Down', 'PageDown'])
    }
  })
})

describe('a paste without an end', () => {
  test('frees the keyboard after a second of silence', () => {
    const { push, pass, events, pending } = keyboard()
    push(`${ESC}[200~rm -rf`)
    push(' /')
    pass(999)
    expect(events).toEqual([])
    pass(2)
    expect(events).toEqual([{ kind: 'paste', text: 'rm -rf /', cut: true }])
    push('q')
    expect(events.at(-1)).toEqual(key('q'))
    expect(pending()).toBe(0)
  })

  test('ends at one mebibyte', () => {
    const { push, events } = keyboard()
    push(`${ESC}[200~`)
    for (let index = 0; index < 17; index += 1) push('x'.repeat(65_536))
    expect(events[0]).toMatchObject({ kind: 'paste', cut: true })
    // What is left of it is still not keys.
    expect(events.slice(1).every(({ kind }) => kind !== 'paste')).toBe(true)
  })

  test('lets Ctrl-C through', () => {
    const { push, events } = keyboard()
    push(`${ESC}[200~abc`)
    push('\u0003')
    expect(events).toEqual([key('Ctrl-C')])
    push('j')
    expect(events.at(-1)).toEqual(key('j'))
  })

  test('recognises its end when that comes in two pieces', () => {
    const { push, events } = keyboard()
    push(`${ESC}[200~one${ESC}[20`)
    push('1~j')
    expect(events).toEqual([{ kind: 'paste', text: 'one', cut: false }, key('j')])
  })
})

test('the last letter of a burst that was carried apart is not a key', () => {
  const { push, pass, events } = keyboard()
  push('some shell histor')
  pass(10)
  push('q')
  expect(events.map(({ kind }) => kind)).toEqual(['text', 'text'])
  pass(1_000)
  push('q')
  expect(events.at(-1)).toEqual(key('q'))
})

test('Ctrl-C in the middle of a burst is still Ctrl-C', () => {
  expect(typed('abc\u0003def').at(-1)).toEqual(key('Ctrl-C'))
})

test('no bytes break it, and no timer stays', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 20 }), (chunks) => {
      const { push, pass, pending, events } = keyboard()
      for (const chunk of chunks) push(chunk)
      pass(10_000)
      expect(pending()).toBe(0)
      expect(events.every((event) => event.kind !== 'key' || event.name !== '')).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test.each([
  { env: {}, ms: 25 },
  { env: { SSH_TTY: '/dev/pts/1' }, ms: 100 },
  { env: { TMUX: '/tmp/x' }, ms: 100 },
  { env: { MOSH_KEY: 'x' }, ms: 100 },
  { env: { STY: '1.x', AEGIS_ESC_MS: '40' }, ms: 40 },
  { env: { AEGIS_ESC_MS: 'soon' }, ms: 25 },
  { env: { AEGIS_ESC_MS: '900000' }, ms: 2_000 },
])('holds ESC for $ms ms with $env', ({ env, ms }) => {
  expect(escapeHoldMs(env)).toBe(ms)
})

test('focus of the terminal is told apart and never a key', () => {
  const time = fakeTime()
  const keys: KeyEvent[] = []
  const focus: boolean[] = []
  const filter = createStdinFilter({
    escMs: 25,
    monotonic: time.monotonic,
    schedule: time.schedule,
    onEvent: (event) => keys.push(event),
    onFocus: (on) => focus.push(on),
  })
  for (const chunk of ['\u001b[O', '\u001b[', 'I', '\u001b[OA']) filter.push(chunk)
  time.pass(2_000)
  expect(focus).toEqual([false, true, false])
  expect(keys).toEqual([{ kind: 'key', name: 'A', count: 1 }])
})

test('clicks and the wheel are told with their cell; releases, other buttons and broken reports are nothing', () => {
  const events = typed(`${ESC}[<0;12;3M`, `${ESC}[<0;12;3m${ESC}[<2;1;1M${ESC}[<35;9;9M${ESC}[<64;1;1M${ESC}[<65;300;70M${ESC}[<0;;M`)
  expect(events).toEqual([
    { kind: 'mouse', button: 'left', column: 11, row: 2 },
    { kind: 'mouse', button: 'wheelUp', column: 0, row: 0 },
    { kind: 'mouse', button: 'wheelDown', column: 299, row: 69 },
  ])
})
