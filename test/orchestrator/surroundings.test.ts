import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { VenueCalls } from '../../engine/brokers/broker.ts'
import { step } from '../../engine/core/step.ts'
import { switchAnswer, watchSwitch } from '../../engine/orchestrator/kill-switch.ts'
import { readReferences } from '../../engine/orchestrator/references.ts'
import { createSurroundings, type SurroundingsPorts } from '../../engine/orchestrator/surroundings.ts'
import type { KillSwitchOrigin } from '../../src/contracts/breaker.ts'
import { instancePaths } from '../../src/home.ts'
import { millis } from '../../src/units.ts'
import { fresh, machine, rules, T0 } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

/** An empty instance with a clock that is moved by hand. */
const instance = (over: Partial<SurroundingsPorts> = {}) => {
  const paths = instancePaths(tempFolder(), 'default')
  mkdirSync(paths.state, { recursive: true })
  const time = { wall: T0, monotonic: 0 }
  const calls: { next: VenueCalls } = { next: { ok: 0, failed: 0, reason: null } }
  const surroundings = createSurroundings({
    boot: { killSwitch: null, troubles: [] },
    files: paths,
    broker: { takeCalls: () => calls.next, statement: () => ({ venueSequence: 0, positions: [] }) },
    clock: { now: () => millis(time.wall), monotonic: () => time.monotonic },
    ledgerTrouble: null,
    ...over,
  })
  return { paths, time, calls, surroundings }
}

describe('a kill switch', () => {
  test('of the environment is thrown at the start and let go of by a start without it', () => {
    const world = machine()
    const thrown = instance({ boot: { killSwitch: 'KILL_SWITCH', troubles: [] } }).surroundings
    for (const input of thrown.atStart(world.state(), T0)) world.give(input)
    expect(world.state().risk.killSwitches.env?.reason).toBe('KILL_SWITCH is set')
    const letGo = instance().surroundings
    for (const input of letGo.atStart(world.state(), T0)) world.give(input)
    expect(world.state().risk.killSwitches).toEqual({})
  })

  test('is on while its file is there', () => {
    const world = machine()
    const { surroundings, paths } = instance()
    const look = (): void => {
      for (const input of surroundings.switchFile(world.state(), T0)) world.give(input)
    }
    look()
    expect(world.events).toEqual([])
    writeFileSync(paths.killSwitch, '')
    look()
    expect(Object.keys(world.state().risk.killSwitches)).toEqual(['file'])
    look()
    rmSync(paths.killSwitch)
    look()
    expect(world.events.flatMap((event) => (event.kind === 'killSwitchChanged' ? [event.on] : []))).toEqual([true, false])
  })

  test('whose file nobody can look for counts as thrown', () => {
    const { surroundings } = instance({ files: { killSwitch: `/${'x'.repeat(300)}`, watchlist: '/none', earnings: '/none' } })
    expect(surroundings.switchFile(fresh(), T0)).toMatchObject([{ on: true, reason: 'the file cannot be looked for: ENAMETOOLONG' }])
  })

  test('whose file comes is heard of without looking', async () => {
    const { paths } = instance()
    const heard = Promise.withResolvers<boolean>()
    const stop = watchSwitch(
      paths.killSwitch,
      () => heard.resolve(existsSync(paths.killSwitch)),
      (reason) => heard.reject(new Error(reason)),
    )
    writeFileSync(paths.killSwitch, '')
    expect(await heard.promise).toBe(true)
    stop()
  })

  const on = { at: T0, reason: 'fire' }
  test.each([
    { says: 'thrown', origins: [], origin: 'command', to: true, result: 'accepted', message: 'the kill switch is on' },
    { says: 'thrown again', origins: ['command'], origin: 'command', to: true, result: 'accepted', message: 'the kill switch is on already' },
    { says: 'let go of', origins: ['command'], origin: 'command', to: false, result: 'accepted', message: 'the kill switch is off' },
    {
      says: 'let go of beside another',
      origins: ['command', 'file'],
      origin: 'command',
      to: false,
      result: 'accepted',
      message: 'still on: by the file',
    },
    { says: 'not on', origins: [], origin: 'command', to: false, result: 'refused', message: 'not on' },
    { says: 'thrown elsewhere', origins: ['key'], origin: 'command', to: false, result: 'refused', message: 'not thrown here: by a key' },
  ] as const)('answers whoever asks: $says', ({ origins, origin, to, result, message }) => {
    const before = Object.fromEntries(origins.map((name) => [name, on])) as Partial<Record<KillSwitchOrigin, typeof on>>
    const answer = switchAnswer(before, { kind: 'killSwitch', now: T0, origin, on: to, reason: 'fire', actor: 'ada' })
    expect(answer).toEqual({ result, message: expect.stringContaining(message) })
  })
})

describe('reference lists', () => {
  const watchlist = { day: '2026-01-05', madeAt: T0, symbols: ['BTCUSD'], rows: 1 }

  test('are read at the start, and not told again while they say the same', () => {
    const world = machine()
    const { surroundings, paths } = instance()
    writeFileSync(paths.watchlist, JSON.stringify(watchlist))
    writeFileSync(paths.earnings, JSON.stringify({ BTCUSD: ['2026-02-01'] }))
    const inputs = surroundings.atStart(world.state(), T0).filter(({ kind }) => kind === 'references')
    for (const input of inputs) world.give(input)
    expect(world.state().risk).toMatchObject({ watchlist, earnings: { BTCUSD: ['2026-02-01'] } })
    expect(surroundings.atStart(world.state(), T0).filter(({ kind }) => kind === 'references')).toEqual([])
  })

  test('that are not there are nothing, without a problem', () => {
    expect(readReferences(instance().paths)).toEqual({ watchlist: null, earnings: null, problems: [] })
  })

  test.each([
    { says: 'no JSON', text: '{ "day": }', problem: /^watchlist\.json:1:\d+: / },
    { says: 'a wrong field', text: JSON.stringify({ ...watchlist, madeAt: 'now' }), problem: /^watchlist\.json:1:\d+ madeAt: / },
    { says: 'a wrong item', text: JSON.stringify({ ...watchlist, symbols: ['BTCUSD', 7] }), problem: /^watchlist\.json:1:\d+ symbols\[1\]: / },
    { says: 'an unknown field', text: JSON.stringify({ ...watchlist, more: 1 }), problem: /^watchlist\.json:1:1 \(file\): .*more/ },
    { says: 'too much', text: ' '.repeat(4_194_305), problem: /^watchlist\.json: has 4194305 bytes/ },
  ])('$says: no list, the place is named, and what was known before is forgotten', ({ text, problem }) => {
    const { paths, surroundings } = instance()
    writeFileSync(paths.watchlist, text)
    const read = readReferences(paths)
    expect(read.watchlist).toBeNull()
    expect(read.problems).toEqual([expect.stringMatching(problem)])
    const before = fresh()
    const known = { ...before, risk: { ...before.risk, watchlist } }
    expect(step(rules, known, surroundings.references(T0)).state.risk.watchlist).toBeNull()
  })

  test('that are pipes or devices are not read: some have no end, and others are waited for', () => {
    const { paths } = instance()
    symlinkSync('/dev/null', paths.watchlist)
    expect(readReferences(paths).problems).toEqual(['watchlist.json: cannot be read: EINVAL'])
  })
})

describe('the clock', () => {
  const clockInputs = (ahead: { wall: number; monotonic: number }) => {
    const { surroundings, time } = instance()
    surroundings.atStart(fresh(), T0)
    time.wall += ahead.wall
    time.monotonic += ahead.monotonic
    return surroundings.onTimer(fresh(), T0).filter(({ kind }) => kind === 'clock')
  }

  test.each([
    { says: 'time that passes is no jump', wall: 1_000, monotonic: 1_000, jumpMs: 0 },
    { says: 'the wall ahead', wall: 4_000, monotonic: 1_000, jumpMs: 3_000 },
    { says: 'the wall set back', wall: -2_000, monotonic: 1_000, jumpMs: -3_000 },
  ])('$says', ({ jumpMs, ...ahead }) => {
    expect(clockInputs(ahead)).toEqual([{ kind: 'clock', now: T0, skewMs: null, jumpMs }])
  })
})

test('the venue’s record is asked for at the start and once a minute', () => {
  const { surroundings, time } = instance()
  const asked = (inputs: readonly { readonly kind: string }[]): number => inputs.filter(({ kind }) => kind === 'statement').length
  expect(asked(surroundings.atStart(fresh(), T0))).toBe(1)
  time.monotonic += 59_999
  expect(asked(surroundings.onTimer(fresh(), T0))).toBe(0)
  time.monotonic += 1
  expect(asked(surroundings.onTimer(fresh(), T0))).toBe(1)
  expect(asked(surroundings.onTimer(fresh(), T0))).toBe(0)
})

test('calls to the venue are told where there were any', () => {
  const { surroundings, calls } = instance()
  expect(surroundings.everyCycle(T0)).toEqual([])
  calls.next = { ok: 1, failed: 2, reason: 'submit: no line' }
  expect(surroundings.everyCycle(T0)).toEqual([{ kind: 'venueCalls', now: T0, ok: 1, failed: 2, reason: 'submit: no line' }])
})

test('what the supervisor and recovery met is told before anything is decided', () => {
  const troubles = [{ breaker: 'restartStorm' as const, reason: 'the brain died 4 times' }]
  const { surroundings } = instance({ boot: { killSwitch: null, troubles }, ledgerTrouble: 'a checkpoint is another' })
  const world = machine()
  for (const input of surroundings.atStart(world.state(), T0)) world.give(input)
  expect(world.state().risk.breakers).toMatchObject({ restartStorm: { state: 'latched' }, ledgerTrouble: { state: 'latched' } })
})
