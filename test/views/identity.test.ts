import { expect, test } from 'vitest'
import { presentIdentity } from '../../tui/present/identity.ts'
import { lineWidth, plainText } from '../../tui/present/line.ts'
import { attached } from '../helpers/console-state.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

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
