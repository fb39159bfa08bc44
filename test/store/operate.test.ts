import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import type { Millis } from '../../src/units.ts'
import { createLogBook } from '../../tui/logs/log-book.ts'
import { farewell } from '../../tui/present/farewell.ts'
import { plainText } from '../../tui/present/line.ts'
import { presentMessage } from '../../tui/present/message.ts'
import { createOperator } from '../../tui/store/operate.ts'
import { attached, given, live } from '../helpers/console-state.ts'
import { storeOf } from '../helpers/draw.tsx'
import { fakeTime } from '../helpers/fake-schedule.ts'
import { FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const unknown: CommandResult = { outcome: 'unknown', auditSequence: null, message: 'no answer in time' }
const accepted: CommandResult = { outcome: 'accepted', auditSequence: 13, message: 'paused' }

const refused: CommandResult = { outcome: 'refused', auditSequence: null, message: 'halted' }
const says = { accepted: 'accepted (audit 13)', refused: 'refused halted', unknown: 'unknown no answer in time' }

/** Of the engine's clock: what is asked is valid by it, whatever ours says. */
const ENGINE_BEHIND_MS = 3_600_000

/** An operator whose engine gives these answers one after the other, and other engines theirs by their names. */
const operated = (answers: readonly CommandResult[], others: Readonly<Record<string, CommandResult>> = {}) => {
  const time = fakeTime()
  const clock: Clock = { now: () => (FIXTURE_NOW + time.monotonic()) as Millis, monotonic: time.monotonic }
  const store = storeOf({ ...attached(), monotonic: 0 })
  const asked: CommandRequest[] = []
  const done: string[] = []
  const operator = createOperator({
    store,
    logs: createLogBook({ later: (run) => run(), onProgress: () => undefined }),
    command: async (request) => {
      asked.push(request)
      return answers[Math.min(asked.length, answers.length) - 1] ?? unknown
    },
    engineNow: () => clock.now() - ENGINE_BEHIND_MS,
    reconnect: () => done.push('reconnect'),
    actor: { kind: 'operator', uid: 1, name: 'maria', tty: null, ssh: null },
    newId: () => `id-of-the-command-${asked.length}`,
    clock,
    schedule: time.schedule,
    onDetach: () => done.push('detach'),
    onRepaint: () => done.push('repaint'),
    onSuspend: () => done.push('suspend'),
    outside: {
      copy: (text) => ({ text, tone: 'text' }),
      plain: () => done.push('plain'),
      diagnose: () => done.push('diagnose'),
      exportTo: (path) => ({ text: path, tone: 'text' }),
      verify: () => done.push('verify'),
      attach: (instance) => done.push(`attach ${instance}`),
      wallBoard: () => done.push('wallBoard'),
      commandTo: async (instance, requestAt) => {
        asked.push(requestAt(FIXTURE_NOW + ENGINE_BEHIND_MS))
        return others[instance] ?? unknown
      },
    },
  })
  const keys = (...names: string[]): void => {
    for (const name of names) {
      time.pass(400)
      store.update({ kind: 'link', state: live(clock.now()) })
      operator.press({ kind: 'key', name, count: 1 })
    }
  }
  /** Answers are promises; time goes on after they were heard. */
  const pass = async (ms: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { store, operator, asked, done, keys, pass, pending: time.pending }
}

test('an accepted command shows its place in the audit trail', async () => {
  const { store, asked, keys, pass } = operated([accepted])
  keys('p', 'o', 'k', 'Enter', 'y')
  expect(store.get().dialog).toMatchObject({ stage: 'sending', sent: { tries: 1, unsure: null } })
  await pass(0)
  expect(store.get().dialog).toMatchObject({ stage: 'done', result: accepted })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ reason: 'ok', command: { kind: 'pause' }, actor: { name: 'maria' } })
  // Five keys, 400 ms each, then 20 s by the engine's clock.
  expect(asked[0]?.expiresAt).toBe(FIXTURE_NOW + 2_000 - ENGINE_BEHIND_MS + 20_000)
})

test('an unknown outcome is asked about again under the same id until it is known', async () => {
  const { store, asked, keys, pass } = operated([unknown, unknown, accepted])
  keys('p', 'o', 'k', 'Enter', 'y')
  await pass(0)
  expect(store.get().dialog).toMatchObject({ stage: 'sending', sent: { unsure: 'no answer in time' } })
  await pass(2_000)
  await pass(2_000)
  expect(asked.map(({ id }) => id)).toEqual(Array.from({ length: 3 }, () => asked[0]?.id))
  expect(store.get().dialog).toMatchObject({ stage: 'done', result: { outcome: 'accepted' } })
})

describe('an engine that took the place of the one that was asked', () => {
  const replaced = async (begins: 'running' | 'paused', answer: CommandResult) => {
    const { store, asked, keys, pass } = operated([unknown, answer])
    const engine = { ...snapshotFixture().engine, state: begins, desired: begins }
    store.update({ kind: 'snapshot', snapshot: snapshotFixture({ engine }), sequence: 2 })
    keys('p', 'o', 'k', 'Enter', 'y')
    await pass(0)
    const audit = { sequence: 20, hash: 'a'.repeat(64) }
    const startedAt = FIXTURE_NOW - ENGINE_BEHIND_MS
    store.update({ kind: 'snapshot', snapshot: snapshotFixture({ engine: { ...engine, pid: 9, startedAt }, audit }), sequence: 3 })
    await pass(2_000)
    expect(asked.map(({ id }) => id)).toEqual([asked[0]?.id, asked[0]?.id])
    expect(store.get().dialog).toMatchObject({ stage: 'done' })
    return { result: store.get().dialog?.result, valid: asked.map(({ expiresAt }) => expiresAt - startedAt) }
  }

  test('is not asked to resume, only what became of it', async () => {
    const { valid } = await replaced('paused', accepted)
    expect(valid).toEqual([22_000, 0])
  })

  test('tells what the one before had recorded', async () => {
    for (const known of [accepted, { ...refused, auditSequence: 13 }]) expect((await replaced('paused', known)).result).toEqual(known)
  })

  test('and what it has no record of stays unknown', async () => {
    const { result } = await replaced('paused', { ...refused, auditSequence: 21, message: 'the command had expired' })
    expect(result).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('the one before may have') })
  })

  test('pauses all the same', async () => {
    const { valid } = await replaced('running', accepted)
    expect(valid).toEqual([22_000, 22_000])
  })
})

test('what stays unknown ends as unknown, never as a guess', async () => {
  const { store, asked, keys, pass, pending } = operated([unknown])
  keys('p', 'o', 'k', 'Enter', 'y')
  for (let index = 0; index < 40; index += 1) await pass(2_000)
  expect(store.get().dialog).toMatchObject({ stage: 'done', result: unknown })
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
  expect(pending()).toBe(0)
})

test('the answer to a closed dialog is a message, and no other dialog takes it for its own', async () => {
  const { store, keys, pass } = operated([unknown, accepted])
  keys('p', 'o', 'k', 'Enter', 'y')
  await pass(0)
  keys('Esc', 'p', 'x')
  await pass(2_000)
  expect(store.get().message?.text).toBe('Pause eu-1: accepted, audit 13: paused')
  expect(store.get().dialog).toMatchObject({ stage: 'reason', sent: null })
})

test('a command whose dialog was closed is told as underway until its outcome is known, also on leaving', async () => {
  const { store, keys, pass } = operated([unknown, accepted])
  keys('p', 'o', 'k', 'Enter', 'y')
  const told = (): readonly string[] => [plainText(presentMessage(store.get())), farewell(store.get(), '--instance eu-1')]
  for (const text of told()) expect(text).not.toContain('not known yet')
  await pass(0)
  keys('Esc')
  for (const text of told()) expect(text).toMatch(/Pause eu-1 was sent as id-of-th.* its outcome (is|was) not known/)
  await pass(2_000)
  for (const text of told()) expect(text).not.toMatch(/was sent as/)
})

test.each([
  { of: [accepted, accepted], outcome: 'accepted' },
  { of: [accepted, refused, accepted], outcome: 'refused' },
  { of: [unknown, refused, accepted], outcome: 'unknown' },
  { of: [refused, unknown], outcome: 'unknown' },
])('what several engines said ends as the worst of it, $outcome, with the place in the trail of each and no other', async ({ of, outcome }) => {
  const { store, keys, pass } = operated([], Object.fromEntries(of.map((result, index) => [`us-${index}`, result])))
  keys('8')
  for (const index of of.keys()) store.update({ kind: 'mark', instance: `us-${index}` })
  keys('P', 'o', 'k', 'Enter', 'e', 'u', '-', '1', 'Enter', 'y')
  await pass(0)
  const message = of.map((result, index) => `us-${index}: ${says[result.outcome]}`).join('; ')
  expect(store.get().dialog).toMatchObject({ stage: 'done', result: { outcome, auditSequence: null, message } })
})

test('stopping leaves no timer', async () => {
  const { operator, keys, pass, pending } = operated([unknown])
  keys('p', 'o', 'k', 'Enter', 'y')
  await pass(0)
  operator.stop()
  expect(pending()).toBe(0)
})

test('keys that reach outside: repaint, suspend, detach', () => {
  const { keys, done } = operated([])
  keys('Ctrl-L', 'Ctrl-Z', 'q')
  expect(done).toEqual(['repaint', 'suspend', 'detach'])
})

test('the log follows, freezes and is filtered through the keys', () => {
  const { store, keys } = operated([])
  store.update({ kind: 'size', size: { columns: 80, rows: 24 } })
  keys('6', '/')
  expect(store.get().pane).toBe('logs')
  keys('x', 'Enter')
  expect(store.get().logs.filter).toBe('x')
  keys('Space')
  expect(store.get().logs.following).toBe(false)
  keys('-')
  expect(store.get().logs.levelMin).toBe(40)
  keys('Esc')
  expect(store.get().logs.filter).toBe('')
  expect(given(store.get()).prompt).toBeNull()
})
