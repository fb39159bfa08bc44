import { describe, expect, test } from 'vitest'
import { dialogOff, editText } from '../../tui/store/dialog.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { VIEWS } from '../../tui/store/views.ts'
import type { KeyEvent } from '../../tui/terminal/key-event.ts'
import { attached, given, later, lost } from '../helpers/console-state.ts'
import { haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const key = (name: string, count = 1): KeyEvent => ({ kind: 'key', name, count })

/** A person at the keyboard: each key half a second after the one before. What was sent is kept. */
const person = (start: ConsoleState) => {
  let state = start
  const sent: string[] = []
  const act = (event: KeyEvent, ms = 500): void => {
    state = later(state, ms)
    state = { ...state, link: state.link.kind === 'live' ? { ...state.link, lastHeardAt: state.now } : state.link }
    const pressed = press(state, event)
    state = pressed.actions.reduce(reduce, state)
    for (const effect of pressed.effects) sent.push(effect.kind === 'send' ? effect.dialog.command.kind : effect.kind)
  }
  return {
    act,
    keys: (...names: string[]): void => {
      for (const name of names) act(key(name))
    },
    type: (text: string): void => {
      for (const character of text) act(key(character === ' ' ? 'Space' : character))
    },
    change: (change: (state: ConsoleState) => ConsoleState): void => {
      state = change(state)
    },
    get state() {
      return state
    },
    sent,
  }
}

test('pause: reason, Enter, y', () => {
  const someone = person(attached())
  someone.keys('p')
  someone.type('going out')
  someone.keys('Enter', 'y')
  expect(someone.sent).toEqual(['pause'])
  expect(someone.state.dialog).toMatchObject({ stage: 'sending', reason: 'going out' })
})

test('p resumes what is paused, and lets go of what is latched', () => {
  const { engine } = snapshotFixture()
  const paused = person(attached(undefined, snapshotFixture({ engine: { ...engine, state: 'paused', desired: 'paused' } })))
  paused.keys('p')
  expect(paused.state.dialog?.command).toEqual({ kind: 'resume' })
  const halted = person(attached(undefined, haltedFixture()))
  halted.keys('p')
  expect(halted.state.dialog).toMatchObject({ command: { kind: 'rearm', breaker: 'halt' }, severe: true })
})

describe('a acknowledges', () => {
  const alert = (id: number, acknowledgedBy: string | null = null) => ({ id, at: id, level: 'warning' as const, text: `alert ${id}`, acknowledgedBy })
  const watching = (...alerts: ReturnType<typeof alert>[]) => person(attached(undefined, snapshotFixture({ mode: 'live', alerts })))

  test('all alerts from anywhere, with a reason and no name to type, even where the money is real', () => {
    const someone = watching(alert(1), alert(2))
    someone.keys('a')
    someone.type('seen')
    someone.keys('Enter', 'y')
    expect(someone.sent).toEqual(['ack'])
    expect(someone.state.dialog).toMatchObject({ command: { kind: 'ack', alert: null }, severe: false })
  })

  test('the chosen one in their own list', () => {
    const someone = watching(alert(1, 'maria'), alert(2))
    while (someone.state.pane !== 'alerts') someone.keys('Tab')
    someone.keys('a')
    expect(someone.state.dialog?.command).toEqual({ kind: 'ack', alert: 2 }) // newest first
  })

  test('nothing where all were seen, there is none, or the console only watches', () => {
    for (const someone of [
      watching(alert(1, 'maria')),
      watching(),
      person({ ...attached(undefined, snapshotFixture({ alerts: [alert(1)] })), identity: { ...attached().identity, readOnly: true } }),
    ]) {
      someone.keys('a')
      expect(someone.state.dialog).toBe(null)
      expect(someone.state.message?.text).toMatch(/no alert waits|only watches/)
    }
  })
})

describe('nothing is sent', () => {
  test('without a reason', () => {
    const someone = person(attached())
    someone.keys('p', 'Enter', 'y', 'Space', 'Enter', 'Enter')
    // The y went into the reason, which is then a reason; a blank alone is none.
    expect(someone.sent).toEqual([])
  })

  test('by the key that opened it', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter', 'p', 'p')
    expect(someone.sent).toEqual([])
    expect(someone.state.dialog?.problem).toContain('y sends it')
  })

  test('by keys of the first 250 ms', () => {
    const someone = person(attached())
    someone.keys('p')
    someone.act(key('x'), 100)
    someone.act(key('Enter'), 100)
    expect(someone.state.dialog).toMatchObject({ stage: 'reason', reason: '' })
  })

  test('by a key that repeats', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter')
    someone.act(key('y', 2))
    expect(someone.sent).toEqual([])
  })

  test('by a paste or a burst, which are text in the reason and nothing elsewhere', () => {
    const someone = person(attached())
    someone.keys('p')
    someone.act({ kind: 'text', text: 'no\ry' })
    expect(someone.state.dialog).toMatchObject({ reason: '', stage: 'reason' })
    someone.act({ kind: 'paste', text: 'two\nlines', cut: false })
    expect(someone.state.dialog?.reason).toBe('two lines')
    someone.keys('Enter')
    someone.act({ kind: 'paste', text: 'y', cut: false })
    someone.act({ kind: 'text', text: 'yy' })
    expect(someone.sent).toEqual([])
  })

  test('later than 20 s after the last step', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter')
    someone.act(key('y'), 20_001)
    expect(someone.sent).toEqual([])
    expect(someone.state.dialog).toMatchObject({ stage: 'reason', problem: expect.stringContaining('too late') })
  })

  test('when somebody else paused it meanwhile', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter')
    const { engine } = snapshotFixture()
    someone.change((state) => given(state, { kind: 'changes', changes: { engine: { ...engine, state: 'paused', desired: 'paused' } }, sequence: 2 }))
    someone.keys('y')
    expect(someone.sent).toEqual([])
    expect(someone.state.dialog?.problem).toContain('somebody asked for PAUSED')
  })

  test('when another engine holds the lock meanwhile', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter')
    const { engine } = snapshotFixture()
    someone.change((state) => given(state, { kind: 'changes', changes: { engine: { ...engine, pid: 9, startedAt: 9 } }, sequence: 2 }))
    someone.keys('y')
    expect(someone.sent).toEqual([])
    expect(someone.state.dialog?.problem).toContain('pid 9')
  })

  test('when the link is lost meanwhile', () => {
    const someone = person(attached())
    someone.keys('p', 'r', 'Enter')
    someone.change((state) => given(state, { kind: 'link', state: lost(state.now) }))
    someone.keys('y')
    expect(someone.sent).toEqual([])
  })
})

test("a move from running to degraded is the engine's own and does not spoil a dialog", () => {
  const someone = person(attached())
  someone.keys('p', 'r', 'Enter')
  const { engine } = snapshotFixture()
  someone.change((state) => given(state, { kind: 'changes', changes: { engine: { ...engine, state: 'degraded' } }, sequence: 2 }))
  someone.keys('y')
  expect(someone.sent).toEqual(['pause'])
})

describe('severe: the name has to be typed', () => {
  test.each([
    { opens: 'K', mode: 'simulate' as const },
    { opens: 'X', mode: 'simulate' as const },
    { opens: 'p', mode: 'live' as const },
  ])('$opens in $mode', ({ opens, mode }) => {
    // In live it is going on that takes a name; pausing is never made harder.
    const { engine } = snapshotFixture()
    const paused = { ...engine, state: 'paused' as const, desired: 'paused' as const }
    const someone = person(attached(undefined, snapshotFixture({ mode, engine: opens === 'p' ? paused : engine })))
    someone.keys(opens, 'r', 'Enter')
    expect(someone.state.dialog?.stage).toBe('name')
    someone.type('eu-2')
    someone.keys('Enter')
    expect(someone.state.dialog).toMatchObject({ stage: 'name', problem: expect.stringContaining('not the name') })
    someone.keys('Backspace')
    someone.type('1')
    someone.keys('Enter', 'y')
    expect(someone.sent).toHaveLength(1)
  })

  test('and not pasted', () => {
    const someone = person(attached())
    someone.keys('K', 'r', 'Enter')
    someone.act({ kind: 'paste', text: 'eu-1', cut: false })
    expect(someone.state.dialog?.name).toBe('')
  })
})

test('Escape and Ctrl-C close a dialog; neither leaves the console', () => {
  const someone = person(attached())
  someone.keys('p', 'Esc')
  expect(someone.state.dialog).toBeNull()
  someone.keys('p', 'Ctrl-C')
  expect(someone.state.dialog).toBeNull()
  expect(someone.sent).toEqual([])
  someone.keys('Ctrl-C')
  expect(someone.sent).toEqual(['detach'])
})

test('letters in a reason are letters: q does not leave, p opens nothing', () => {
  const someone = person(attached())
  someone.keys('p')
  someone.type('quit pK?')
  expect(someone.state.dialog?.reason).toBe('quit pK?')
  someone.keys('Ctrl-W')
  expect(someone.state.dialog?.reason).toBe('quit ')
  someone.keys('Ctrl-U')
  expect(someone.state.dialog?.reason).toBe('')
})

test('a reason has at most 200 characters, and what is more is not lost in silence', () => {
  const someone = person(attached())
  someone.keys('p')
  someone.act({ kind: 'paste', text: 'x'.repeat(500), cut: false })
  expect(someone.state.dialog).toMatchObject({ reason: 'x'.repeat(200), problem: expect.stringContaining('the last 300 were not taken') })
  someone.keys('Backspace')
  expect(someone.state.dialog?.problem).toBeNull()
  someone.keys('a', 'b')
  expect(someone.state.dialog).toMatchObject({ reason: `${'x'.repeat(199)}a`, problem: expect.stringContaining('the last 1 were not taken') })
})

test('a paste whose end never came is taken, and that something may be missing is told', () => {
  const someone = person(attached())
  someone.keys('p')
  someone.act({ kind: 'paste', text: 'news at', cut: true })
  expect(someone.state.dialog).toMatchObject({ reason: 'news at', problem: expect.stringContaining('had no end') })
})

test('a line that is typed tells what found no room', () => {
  const someone = person(attached())
  someone.keys(':')
  someone.act({ kind: 'paste', text: `pause ${'x'.repeat(200)}`, cut: false })
  expect(someone.state.prompt?.problem).toContain('the last 6 were not taken')
})

test('where controls are off the key says why instead of opening anything', () => {
  const someone = person(given(attached(), { kind: 'link', state: lost() }))
  someone.keys('p')
  expect(someone.state.dialog).toBeNull()
  expect(someone.state.message?.text).toContain('lost')
})

test('ten kilobytes of a shell history, pasted or in one burst on any view, change nothing but a hint', () => {
  const history = Array.from({ length: 600 }, (_, line) => `kill -9 ${line}; q; p y X K\n`)
    .join('')
    .slice(0, 10_240)
  for (const view of VIEWS) {
    for (const event of [
      { kind: 'paste', text: history, cut: false },
      { kind: 'text', text: history },
    ] as const) {
      const state = given(attached(), { kind: 'view', view })
      const { actions, effects } = press(state, event)
      const after = actions.reduce(reduce, state)
      expect(effects).toEqual([])
      expect(after.message?.text).toMatch(/do(es)? nothing here/)
      expect({ ...after, message: null }).toEqual({ ...state, message: null })
    }
  }
})

describe('all alerts', () => {
  const alert = (id: number) => ({ id, at: 0, level: 'warning' as const, text: 'x', acknowledgedBy: null })
  test('are those that stood there when the dialog was opened: one that came since is not seen by anybody', () => {
    const before = attached(undefined, snapshotFixture({ alerts: [alert(1), alert(2)] }))
    const open = press(before, key('a')).actions.reduce(reduce, before)
    if (open.dialog === null) throw new Error('the dialog opened')
    expect(dialogOff(open, open.dialog)).toBeNull()
    const more = given(open, { kind: 'snapshot', snapshot: snapshotFixture({ alerts: [alert(1), alert(2), alert(3)] }), sequence: 2 })
    expect(dialogOff(more, open.dialog)).toContain('another alert came')
  })
})

test('a character that is taken away or does not fit goes whole', () => {
  expect(editText('x😀', key('Backspace') as never, 200)).toBe('x')
  expect(editText('ab', { kind: 'paste', text: '😀', cut: false }, 3)).toBe('ab')
  expect(editText('ab', key('😀') as never, 3)).toBe('ab')
  expect(editText('abc', key('Backspace', 2) as never, 200)).toBe('a')
})
