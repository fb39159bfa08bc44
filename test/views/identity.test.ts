import { expect, test } from 'vitest'
import { presentIdentity } from '../../tui/present/identity.ts'
import { lineWidth, plainText } from '../../tui/present/line.ts'
import { attached, later } from '../helpers/console-state.ts'
import { cycleFixture, FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture()
const tripped = attached(
  { columns: 80, rows: 24 },
  snapshotFixture({
    instance: 'default',
    breakers: base.breakers.slice(0, 1).map((each) => ({ ...each, name: 'consecutiveLosses' as const, state: 'latched' as const })),
  }),
)
const at = (width: number): string => plainText(presentIdentity(tripped, width))

test('engine, mode, state, worst breaker, lock, age of the data and time are on line 1 of 80 columns, whichever breaker it is', () => {
  expect(at(80)).toMatch(/^default {2}SIMULATE {2}\w+ {2}BRK consecutiveLosses! {2}lock held +data \S+ {2}\d\d:\d\dZ$/)
})

test('with room there is the cycle, the seconds and the state of the breaker; without, what can be done without goes first', () => {
  expect(at(160)).toMatch(/BRK consecutiveLosses LATCHED {2}lock held +cyc \d+ \S+ {2}data \S+ {2}\d\d:\d\d:\d\dZ$/)
  expect(at(60)).toMatch(/^default {2}SIMULATE {2}\w+ {2}BRK consecutiveLosses! +data \S+$/)
  for (let width = 8; width <= 200; width += 1) {
    expect(lineWidth(presentIdentity(tripped, width))).toBeLessThanOrEqual(width)
    expect(at(width)).toContain('default')
  }
})

const running = { ...base.feed, state: 'running', clock: FIXTURE_NOW }
const ready = base.processes.map((each) => ({ ...each, startedAt: FIXTURE_NOW - 90_000 }))
const before = (ms: number) => ({ asOf: FIXTURE_NOW, processes: ready, feed: running, cycle: cycleFixture(999, { at: FIXTURE_NOW - ms }) })

test.each([
  { says: 'a cycle a second ago is none', changes: before(1_000), shown: null },
  { says: 'three seconds may still be told late', changes: before(3_000), shown: null },
  { says: 'more than three are told with their age', changes: before(4_200), shown: 'RUNNING STUCK 4s' },
  { says: 'before the first one nothing is late', changes: { ...before(0), cycle: null }, shown: null },
  {
    says: 'paused engines make cycles too',
    changes: { ...before(9_000), engine: { ...base.engine, state: 'paused' as const } },
    shown: 'PAUSED STUCK 9s',
  },
  { says: 'a feed that has ended brings none', changes: { ...before(9_000), feed: { ...running, state: 'ended' } }, shown: null },
  { says: 'a replay goes by its own clock', changes: { ...before(9_000), feed: { ...running, clock: FIXTURE_NOW - 86_400_000 } }, shown: null },
  { says: 'and one of days to come, too', changes: { ...before(9_000), feed: { ...running, clock: FIXTURE_NOW + 86_400_000 } }, shown: null },
  {
    says: 'a process that starts again has just begun',
    changes: { ...before(9_000), processes: ready.map((each) => ({ ...each, startedAt: FIXTURE_NOW - 500 })) },
    shown: null,
  },
  {
    says: 'one that is not there says so itself',
    changes: { ...before(9_000), processes: ready.map((each) => (each.name === 'orchestrator' ? { ...each, state: 'starting' as const } : each)) },
    shown: null,
  },
])('an engine that makes no cycle: $says', ({ changes, shown }) => {
  const state = attached({ columns: 100, rows: 24 }, snapshotFixture(changes))
  const line = plainText(presentIdentity(state, 100))
  if (shown === null) expect(line).not.toContain('STUCK')
  else expect(line).toContain(shown)
})

test('a link that is silent or gone says that, and not that the engine hangs', () => {
  const state = attached({ columns: 100, rows: 24 }, snapshotFixture(before(9_000)))
  expect(plainText(presentIdentity(state, 100))).toContain('STUCK')
  expect(plainText(presentIdentity(later(state, 2_500), 100))).not.toContain('STUCK')
})
