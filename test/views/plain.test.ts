import { describe, expect, test } from 'vitest'
import type { OrderView } from '../../src/contracts/account.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { decisionNews } from '../../tui/plain/decision.ts'
import { between, standing } from '../../tui/plain/news.ts'
import { FIXTURE_NOW, haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture()
const told = (changes: Partial<Snapshot>, before: Snapshot = base): string[] =>
  between(before, { ...before, ...changes }).map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`)
const first = <Each>(list: readonly Each[]): Each => {
  const [one] = list
  if (one === undefined) throw new Error('the fixture has none')
  return one
}
const position = first(base.positions)
const order: OrderView = {
  clientOrderId: 'led-1',
  signalId: null,
  symbol: 'BTCUSD',
  side: 'buy',
  purpose: 'entry',
  reason: 'sma-cross',
  state: 'submitted',
  quantity: '0.5000',
  filled: '0.0000',
  averagePrice: null,
  fee: '0',
  intendedAt: FIXTURE_NOW,
  updatedAt: FIXTURE_NOW,
}
const filled = { ...order, state: 'filled', filled: '0.5000', averagePrice: '100.10', updatedAt: FIXTURE_NOW + 1 }
const alert = { id: 3, at: FIXTURE_NOW, level: 'critical' as const, text: 'the brain is gone', acknowledgedBy: null }

describe('line by line', () => {
  test('nothing new is nothing told, whatever counts on', () => {
    expect(told({ asOf: base.asOf + 1, ledger: { ...base.ledger, sequence: base.ledger.sequence + 1 }, cycles: [] })).toEqual([])
  })

  test('it begins with who this is and with what is not as it should be', () => {
    const [who, ...rest] = standing(haltedFixture({ alerts: [alert] }))
    expect(who?.text).toMatch(/^SIMULATE HALTED: maria: something is wrong; pid \d+, lock held, equity [\d.]+ USD, \d+ positions open$/)
    expect(rest.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(
      expect.arrayContaining(['alert #3', 'breaker halt', `position ${position.symbol}`]),
    )
  })

  test.each<{ says: string; changes: Partial<Snapshot>; line: string | RegExp }>([
    {
      says: 'a state',
      changes: { engine: { ...base.engine, state: 'paused', desired: 'paused', reason: 'maria: lunch' } },
      line: 'engine eu-1: RUNNING -> PAUSED: maria: lunch',
    },
    { says: 'a wish that is not fulfilled yet', changes: { engine: { ...base.engine, desired: 'halted' } }, line: /^engine eu-1: HALTED is wanted/ },
    { says: 'another engine', changes: { engine: { ...base.engine, pid: 7 } }, line: 'engine eu-1: another engine answers: pid 7' },
    { says: 'a lost lock', changes: { singleton: { ...base.singleton, held: false } }, line: 'engine eu-1: THE LOCK IS NOT HELD' },
    {
      says: 'a refused start',
      changes: { singleton: { ...base.singleton, violations: base.singleton.violations + 1 } },
      line: /second start was refused/,
    },
    { says: 'an alert', changes: { alerts: [alert] }, line: 'alert #3: CRITICAL the brain is gone' },
    {
      says: 'a breaker',
      changes: { breakers: base.breakers.map((each, index) => (index === 0 ? { ...each, state: 'latched' as const, reason: 'too deep' } : each)) },
      line: `breaker ${base.breakers[0]?.name}: closed -> LATCHED: too deep`,
    },
    {
      says: 'a process that is gone',
      changes: {
        processes: base.processes.map((each) => (each.name === 'brain' ? { ...each, state: 'failed' as const, reason: 'exit 70', pid: null } : each)),
      },
      line: 'process brain: READY -> FAILED: exit 70',
    },
    {
      says: 'a process that was started again between two looks',
      changes: { processes: base.processes.map((each) => (each.name === 'brain' ? { ...each, pid: 99 } : each)) },
      line: 'process brain: READY again: pid 99',
    },
    {
      says: 'a position that is closed',
      changes: { positions: base.positions.slice(1) },
      line: new RegExp(`^position ${position.symbol}: closed; realised in all`),
    },
    {
      says: 'a stop that moved',
      changes: { positions: [{ ...position, stop: '1' }, ...base.positions.slice(1)] },
      line: /: now: \w+ [\d.]+ at [\d.]+, stop 1$/,
    },
    { says: 'an order', changes: { orders: [order] }, line: 'order BTCUSD: entry: buy 0.5 submitted (led-1, sma-cross)' },
    { says: 'a feed that ended', changes: { feed: { ...base.feed, state: 'ended' } }, line: / -> ended$/ },
    {
      says: 'streams that are behind',
      changes: { ledger: { ...base.ledger, state: 'streams behind: ENOSPC' } },
      line: 'ledger ledger: streams behind: ENOSPC',
    },
  ])('$says is one line', ({ changes, line }) => {
    expect(told(changes)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
  })

  test('an order is told at each of its states, the older first, and one that ended is none of the standing', () => {
    expect(told({ orders: [filled] }, { ...base, orders: [order] })).toEqual([
      'order BTCUSD: entry: buy 0.5 filled, 0.5 of 0.5 at 100.1 (led-1, sma-cross)',
    ])
    expect(told({ orders: [{ ...filled, clientOrderId: 'led-2' }, order] }).map((line) => line.match(/led-\d/)?.[0])).toEqual(['led-1', 'led-2'])
    expect(standing({ ...base, orders: [filled, order] }).filter(({ kind }) => kind === 'order')).toHaveLength(1)
  })

  test('an alert is told once, again when somebody saw it, and anew by an engine that counts anew', () => {
    const before = { ...base, alerts: [alert] }
    expect(told({}, before)).toEqual([])
    expect(told({ alerts: [{ ...alert, acknowledgedBy: 'maria' }] }, before)).toEqual(['alert #3: seen by maria: the brain is gone'])
    expect(told({ alerts: [alert], engine: { ...base.engine, startedAt: base.engine.startedAt + 1 } }, before).at(-1)).toBe(
      'alert #3: CRITICAL the brain is gone',
    )
  })
})

describe('a decision', () => {
  const line = {
    decision: 'BLOCKED',
    blocker_component: 'breakers',
    blocker_reason: '3 losses',
    blockers: ['breakers', 'spread'],
    signal_metadata: { id: 'X_1_a', symbol: 'X', side: 'long', strategy: 's' },
  }

  test('names its first blocker with its reason, and the others', () => {
    expect(decisionNews(JSON.stringify(line))).toEqual({
      kind: 'decision',
      subject: 'X',
      text: 'long BLOCKED by breakers: 3 losses (also spread) (X_1_a, s)',
    })
    expect(decisionNews(JSON.stringify({ ...line, decision: 'APPROVED', blocker_component: null, blocker_reason: null, blockers: [] })).text).toBe(
      'long APPROVED (X_1_a, s)',
    )
  })

  test.each(['{"decision":', '{}', 'null'])('that cannot be read (%s) is told as that', (text) => {
    expect(decisionNews(text)).toEqual({ kind: 'decision', subject: '?', text: `not readable: ${text}` })
  })
})
