import { describe, expect, test } from 'vitest'
import { KEYMAP } from '../../tui/keymap.ts'
import { completions, runPalette } from '../../tui/store/palette.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import { attached, given, lost } from '../helpers/console-state.ts'

const ran = (line: string, state = attached()) => {
  const result = runPalette(state, line)
  return result.ok ? { after: result.value.actions.reduce(reduce, state), effects: result.value.effects } : result.error
}

test('every action of a key has a word', () => {
  const state = attached()
  const words = new Set(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'z'].flatMap((letter) =>
      completions(state, letter),
    ),
  )
  expect(words.size).toBeGreaterThan(8)
  for (const { command, context } of KEYMAP) {
    if (context === 'help' || context === 'prompt' || context === 'dialog') continue
    const result = runPalette(state, command)
    // It ran, or it says why not; it is never unknown.
    expect(result.ok ? '' : result.error).not.toMatch(/^no "/)
  }
})

describe('a line', () => {
  test('opens a view with its filter', () => {
    expect(ran('brk !state:closed')).toMatchObject({ after: { view: 'breakers', lists: { breakers: { filter: '!state:closed' } } } })
    expect(ran(':log level>=warn')).toMatchObject({ after: { view: 'logs' }, effects: [{ kind: 'filterLog', text: 'level>=warn' }] })
  })
  test('asks the engine through the dialog of the key, with the reason that was typed', () => {
    expect(ran('pause going out')).toMatchObject({ after: { dialog: { command: { kind: 'pause' }, reason: 'going out', stage: 'reason' } } })
    expect(ran('rearm drawdown looked at it')).toMatchObject({
      after: { dialog: { command: { kind: 'rearm', breaker: 'drawdown' }, reason: 'looked at it', severe: true } },
    })
    expect(ran('flatten-one BTCUSD')).toMatchObject({ after: { dialog: { command: { kind: 'flatten', symbol: 'BTCUSD' } } } })
  })
  test('that needs an operand says which', () => {
    expect(ran('rearm')).toBe('which breaker?')
    expect(ran('cancel')).toBe('which order?')
    expect(ran('export')).toBe('which file?')
  })
  test('is refused while the link is lost', () => {
    expect(ran('halt', given(attached(), { kind: 'link', state: lost() }))).toContain('lost')
  })
  test('sets what may be set, and nothing else', () => {
    expect(ran('set theme mono')).toMatchObject({ after: { settings: { theme: 'mono' } } })
    expect(ran('set fps 2')).toMatchObject({ after: { settings: { fps: 2 } } })
    expect(ran('set fps 20')).toBe('fps is 1 to 10')
    expect(ran('set theme pink')).toContain('dark')
    expect(ran('set nonsense 1')).toContain('no setting')
  })
  test('that is no word names the nearest, and none of them runs a program', () => {
    expect(ran('positons')).toContain('did you mean')
    expect(ran('!ls')).toMatch(/^no "!ls"/)
    expect(ran('')).toContain('a name')
  })
})

test('Tab goes through the completions', () => {
  let state = press(attached(), { kind: 'key', name: ':', count: 1 }).actions.reduce(reduce, attached())
  for (const name of ['p', 'o', 's']) state = press(state, { kind: 'key', name, count: 1 }).actions.reduce(reduce, state)
  const [first] = state.prompt?.offers ?? []
  state = press(state, { kind: 'key', name: 'Tab', count: 1 }).actions.reduce(reduce, state)
  expect(state.prompt?.text).toBe(first)
})
