import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { eventsOf, historyOf } from '../../engine/reports/history.ts'
import { main } from '../../engine/reports/main.ts'
import { fullReport } from '../../engine/reports/report.ts'
import { ShadowTradeLine, SignalDecisionLine } from '../../src/contracts/stream.ts'
import { ShadowLine } from '../../tui/records/shadow-line.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, wishes, world } from '../orchestrator/world.ts'

const said = async (...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string }> => {
  let out = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk)
    return true
  })
  try {
    return { code: await main(argv), out }
  } finally {
    spy.mockRestore()
  }
}

test('what the engine records is what the reports count and what the stream tells', { timeout: 60_000 }, async () => {
  const home = tempFolder()
  const bars = market(3, 2_500)
  const place = world(home, bars, wishes(bars))
  await live(place, killer(Number.POSITIVE_INFINITY))
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  const events = [...eventsOf(ledger)]
  ledger.close()

  const read = (name: string): unknown[] =>
    readFileSync(join(place.paths.streams, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  const lines = read('shadow_trade_outcomes.jsonl').map((line) => ShadowTradeLine.parse(line))
  const decisions = read('signal_decisions.jsonl').map((line) => SignalDecisionLine.parse(line))
  for (const line of lines) expect(ShadowLine.safeParse(line).success).toBe(true)

  // One shadow trade for each decision, or a reason why not.
  const opened = events.filter(({ kind }) => kind === 'shadowClosed').length
  expect(lines).toHaveLength(opened)
  expect(lines.length).toBeGreaterThan(30)
  const history = historyOf(events)
  expect(history.decided.size).toBe(decisions.length)
  expect(history.shadows.length + history.neverFilled).toBe(lines.length)

  const report = fullReport(history, 0)
  const blocked = lines.filter((line) => line.original_decision === 'BLOCKED' && line.pnl !== null)
  const sum = (keep: (pnl: number) => boolean) =>
    blocked
      .map(({ pnl }) => Number(pnl))
      .filter(keep)
      .reduce((total, pnl) => total + pnl, 0)
  const cost = report.blocked_opportunity_cost
  expect(cost.total_blocked).toBe(blocked.length)
  expect(blocked.length).toBeGreaterThan(0)
  expect(Number(cost.missed_profit)).toBeCloseTo(
    sum((pnl) => pnl > 0),
    4,
  )
  expect(Number(cost.avoided_loss)).toBeCloseTo(-sum((pnl) => pnl < 0), 4)
  expect(cost.profitable_blocked).toBe(blocked.filter((line) => line.was_profitable).length)
  expect(Object.values(cost.by_blocker).reduce((total, { count }) => total + count, 0)).toBe(blocked.length)
  expect(report.strategy_leaderboard.shadow.reduce((total, { trades }) => total + trades, 0)).toBe(history.shadows.length)
  expect(report.signal_decay.total_signals).toBeGreaterThan(0)

  for (const what of ['guards', 'shadow', 'report', 'proposals']) {
    const text = await said(what, '--home', home)
    expect([what, text.code, text.out.length > 0]).toEqual([what, 0, true])
    const json = await said(what, '--home', home, '--json')
    expect(JSON.parse(json.out)).toHaveProperty('generated_at')
  }
  const lastHour = JSON.parse((await said('report', '--home', home, '--hours', '1', '--json')).out)
  expect(lastHour.period_hours).toBeLessThanOrEqual(1)
  expect(lastHour.blocked_opportunity_cost.decisions_blocked).toBeLessThan(cost.decisions_blocked)
})

test('no ledger is not the same as no outcomes', async () => {
  await expect(said('guards', '--home', tempFolder())).rejects.toMatchObject({
    code: 3,
    message: expect.stringContaining('nothing was ever recorded'),
  })
  const home = tempFolder()
  const bars = market(1, 5)
  await live(world(home, bars, wishes(bars)), killer(Number.POSITIVE_INFINITY))
  expect((await said('guards', '--home', home)).out).toContain('no shadow trade of a blocked signal has ended yet')
})

test.each([[['weather']], [[]], [['guards', '--hours', 'x']], [['guards', '--nope']]])('%j is usage', async (argv) => {
  await expect(main(argv)).rejects.toMatchObject({ code: 64 })
})
