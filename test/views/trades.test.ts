import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { shownRows } from '../../tui/lists/list.ts'
import { performanceOf, trades } from '../../tui/lists/trades.ts'
import { plainText } from '../../tui/present/line.ts'
import type { Records } from '../../tui/records/record.ts'
import { presentPane } from '../../tui/views/panes.tsx'
import { attached, given } from '../helpers/console-state.ts'
import { closedFixture, recordsFixture, tradeFixture, windowOf } from '../helpers/records-fixture.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const fills = [...closedFixture(7, '-7.25'), ...closedFixture(5, '33.5'), ...closedFixture(3, '5.1'), tradeFixture(1, null)]

describe('what trades come to', () => {
  test('is of those that were closed; one that nets nothing is neither won nor lost', () => {
    expect(performanceOf(fills)).toMatchObject({ closed: 3, won: 1, lost: 1, net: expect.closeTo(16.05), best: 28.4, worst: -12.35 })
  })
  test('has the fee of the entry in it, and every part that left, once all of it has', () => {
    const [exit, entry] = closedFixture(9, '4')
    if (exit === undefined || entry === undefined) throw new Error('the fixture has both')
    const half = { ...exit, quantity: '0.083255' }
    expect(performanceOf([half, entry])).toMatchObject({ closed: 0, net: null })
    expect(performanceOf([{ ...half, net_profit_loss: '-1' }, half, entry])).toMatchObject({ closed: 1, won: 0, lost: 1, net: -2.1 })
    expect(performanceOf([exit])).toMatchObject({ closed: 0, net: null }) // what its entry cost is unknown
  })
  test('is unknown without any, and never zero', () => {
    expect(performanceOf([])).toEqual({ closed: 0, won: 0, lost: 0, net: null, best: null, worst: null, slippage: null })
    expect(performanceOf([tradeFixture(1, null)])).toMatchObject({ closed: 0, net: null, best: null })
  })
  test('slippage is of every fill that tells it, in basis points of its value', () => {
    const fill = (slippage: string | null) => ({ ...tradeFixture(1, null), total_value: '10000', slippage })
    expect(performanceOf([fill('1'), fill('9'), fill('-4'), fill(null)]).slippage).toEqual({ fills: 3, mean: 2, most: 9, dear: 1 / 3 })
    expect(performanceOf([fill(null)]).slippage).toBeNull()
    expect(performanceOf([{ ...fill('1'), total_value: '0' }]).slippage).toBeNull()
  })
})

describe('a file of trades that is not there', () => {
  const gone: Records['trades'] = { ...windowOf([]), source: { kind: 'missing', path: '/aegis/eu-1/streams/trades' } }
  const told = (changes: Partial<Snapshot>): string =>
    trades.empty({ ...attached(undefined, snapshotFixture(changes)), records: { ...recordsFixture(), trades: gone } })
  const account = { ...snapshotFixture().account, fees: '0.000000', realised: '0.000000' }

  test('is no fault of an account that never had a fill', () => {
    expect(told({ account, positions: [] })).toMatch(/^no fill yet, empty since/)
  })
  test.each<{ says: string; changes: Partial<Snapshot> }>([
    { says: 'fees were paid', changes: { account: { ...account, fees: '2.5' }, positions: [] } },
    { says: 'something was realised', changes: { account: { ...account, realised: '-1' }, positions: [] } },
    { says: 'something is held', changes: { account } },
  ])('is missing where $says', ({ changes }) => {
    expect(told(changes)).toBe('source missing: /aegis/eu-1/streams/trades')
  })
})

describe('the list of trades', () => {
  const state = given(attached({ columns: 160, rows: 48 }), { kind: 'records', records: { ...recordsFixture(), trades: windowOf(fills) } })
  const shown = (width: number, height: number): readonly string[] => presentPane(state, { pane: 'trades', width, height }).map(plainText)

  test('has its sums in the title, and below the rows where there is room for them', () => {
    expect(shown(160, 12)[0]).toContain('3 closed, 33% won, net +16.05  of the 7 newest fills')
    expect(shown(160, 12).at(-2)).toContain('3 closed: 1 won, 1 lost, 33%  net +16.05  mean +5.35  best +28.40  worst -12.35')
    expect(shown(160, 12).at(-1)).toContain('slippage of 7 fills')
    expect(shown(160, 5).join('\n')).not.toContain('slippage of')
  })
  test('counts in its slippage only the fills that tell theirs', () => {
    const some = given(state, { kind: 'records', records: { trades: windowOf([...fills.slice(1), { ...tradeFixture(9, null), slippage: null }]) } })
    expect(presentPane(some, { pane: 'trades', width: 160, height: 12 }).map(plainText).at(-1)).toContain('slippage of 6 fills')
  })
  test.each([false, true])('sorted by what they netted, those that netted nothing yet come last (reverse: %s)', (reverse) => {
    const sorted = given(state, { kind: 'list', pane: 'trades', changes: { sort: { head: 'NET', reverse } } })
    const nets = shownRows(trades, sorted).map(({ net_profit_loss: net }) => net)
    expect(nets).toEqual([...(reverse ? ['33.5', '5.1', '-7.25'] : ['-7.25', '5.1', '33.5']), null, null, null, null])
  })
  test('calls an entry open only while its position is', () => {
    const outcomes = shown(160, 14).flatMap((line) => / buy .*? (open|closed) /.exec(line)?.[1] ?? [])
    expect(outcomes).toEqual(['closed', 'closed', 'closed', 'open'])
  })
  test('says of an open one that nothing is booked, and what is not known', () => {
    const row = shown(160, 12).find((line) => line.includes('open'))
    expect(row).toMatch(/ - {2}open +- /)
    expect(trades.columns(state).map(({ head }) => head)).toContain('SLIP BPS')
    expect(
      trades
        .columns(state)
        .find(({ head }) => head === 'SLIP BPS')
        ?.text({ ...tradeFixture(1, null), slippage: null }),
    ).toBe('unknown')
  })
})
