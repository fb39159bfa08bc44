import { expect, test } from 'vitest'
import { intervalOfSum, RESAMPLES } from '../../engine/reports/bootstrap.ts'
import { biasWarnings, decayOf, shadowAgainstReal } from '../../engine/reports/checks.ts'
import { blockedCost, guardEffects, OUTCOMES_MIN } from '../../engine/reports/guards.ts'
import { historyOf } from '../../engine/reports/history.ts'
import { fullReport, guardsReport, shadowReport } from '../../engine/reports/report.ts'
import { leaderboard } from '../../engine/reports/strategies.ts'
import { guardsLines, reportLines, shadowLines } from '../../engine/reports/text.ts'
import { seeded } from '../../src/random.ts'
import { decided, ended, historyWith, shadowEnded } from './outcomes.ts'

const SEED = 1

test('blocked signals cost what they would have earned less what they would have lost; zero is neither', () => {
  const shadows = [
    shadowEnded({ pnl: 5_000_000, blockers: ['confidence', 'spread'] }),
    shadowEnded({ pnl: -2_000_000, blockers: ['confidence'] }),
    shadowEnded({ pnl: 0, blockers: ['spread'] }),
    shadowEnded({ pnl: 9_000_000, decision: 'APPROVED', blockers: [] }),
  ]
  expect(blockedCost(historyWith({ shadows }))).toMatchObject({
    n: 3,
    wouldWin: 1,
    wouldLose: 1,
    missedProfit: 5_000_000,
    avoidedLoss: 2_000_000,
    net: 3_000_000,
    byBlocker: {
      confidence: { count: 2, missedProfit: 5_000_000, avoidedLoss: 2_000_000 },
      spread: { count: 1, missedProfit: 0, avoidedLoss: 0 },
    },
  })
})

test('a guard counts as the first that refused, and as any that did', () => {
  const shadows = [shadowEnded({ pnl: 5, blockers: ['confidence', 'spread'] }), shadowEnded({ pnl: -2, blockers: ['spread'] })]
  const effects = Object.fromEntries(guardEffects({ shadows }, SEED).map(({ guard, first, any }) => [guard, [first.n, first.net, any.n, any.net]]))
  expect(effects).toEqual({ confidence: [1, 5, 1, 5], spread: [1, -2, 2, 3] })
})

test.each([
  [OUTCOMES_MIN - 1, -1, 'not enough data'],
  [OUTCOMES_MIN, -1, 'pays'],
  [OUTCOMES_MIN, 1, 'costs'],
])('%i outcomes of %i each: %s', (n, pnl, verdict) => {
  const [effect] = guardEffects({ shadows: Array.from({ length: n }, () => shadowEnded({ pnl, blockers: ['spread'] })) }, SEED)
  expect(effect?.first.verdict).toBe(verdict)
  expect(effect?.first.interval).toEqual(verdict === 'not enough data' ? null : { low: n * pnl, high: n * pnl })
})

test('a guard whose refusals win as often as they lose is neither good nor bad', () => {
  const shadows = Array.from({ length: 100 }, (_, index) => shadowEnded({ pnl: index % 2 === 0 ? 10 : -10, blockers: ['spread'] }))
  expect(guardEffects({ shadows }, SEED)[0]?.first.verdict).toBe('unclear')
})

test('the bootstrap is the same for the same seed, and its interval is about as wide as the mathematics of it says', () => {
  const random = seeded(5)
  const values = Array.from({ length: 400 }, () => 1 + random.normal())
  const interval = intervalOfSum(values, 3)
  expect(intervalOfSum(values, 3)).toEqual(interval)
  expect(intervalOfSum(values, 4)).not.toEqual(interval)
  expect(RESAMPLES).toBeGreaterThanOrEqual(2_000)
  const sum = values.reduce((total, value) => total + value, 0)
  const spread = Math.sqrt(values.reduce((total, value) => total + (value - sum / 400) ** 2, 0))
  expect(interval?.low).toBeGreaterThan(sum - 1.96 * spread * 1.1)
  expect(interval?.low).toBeLessThan(sum - 1.96 * spread * 0.9)
  expect(interval?.high).toBeGreaterThan(sum + 1.96 * spread * 0.9)
  expect(interval?.high).toBeLessThan(sum + 1.96 * spread * 1.1)
  expect(intervalOfSum([], 1)).toBeNull()
})

test('a hundred thousand outcomes are drawn in runs of neighbours, and their sum stays what it is', () => {
  const values = Array.from({ length: 100_000 }, (_, index) => (index % 3) - 1)
  const interval = intervalOfSum(values, 1)
  expect(interval?.low).toBeLessThanOrEqual(0)
  expect(interval?.high).toBeGreaterThanOrEqual(-1)
})

test('the leaderboard by hand', () => {
  const trades = [3, -1, -4, 0, 5].map((pnl, index) => ended({ strategy: 'a', pnl, pnlRatio: pnl / 100, endedAt: index }))
  expect(leaderboard([...trades, ended({ strategy: 'b', pnl: 10, pnlRatio: null })])).toEqual([
    { strategy: 'b', trades: 1, profitable: 1, losing: 0, totalPnl: 10, avgPnlRatio: null, winRate: 1, expectancy: 10, drawdown: 0 },
    { strategy: 'a', trades: 5, profitable: 2, losing: 2, totalPnl: 3, avgPnlRatio: 0.006, winRate: 0.5, expectancy: 0.6, drawdown: 5 },
  ])
})

test.each([
  [[], { signals: 0, avg: null, median: null, min: null, max: null }],
  [[4], { signals: 1, avg: 4, median: 4, min: 4, max: 4 }],
  [[9, 1, 2, 4], { signals: 4, avg: 4, median: 3, min: 1, max: 9 }],
])('decay of %j seconds', (decays, expected) => {
  expect(decayOf({ decays })).toEqual(expected)
})

test('only signals with both a trade and a shadow trade are compared', () => {
  const shadows = [shadowEnded({ signalId: 'a', pnl: 5 }), shadowEnded({ signalId: 'b', pnl: 7 })]
  const trades = [ended({ signalId: 'a', pnl: 4 }), ended({ signalId: null, pnl: 100 })]
  expect(shadowAgainstReal({ shadows, trades }, SEED)).toEqual({ n: 1, real: 4, shadow: 5, differencePerTrade: null, interval: null })
  const many = Array.from({ length: 30 }, (_, index) => `s${index}`)
  const enough = {
    shadows: many.map((signalId) => shadowEnded({ signalId, pnl: 5 })),
    trades: many.map((signalId) => ended({ signalId, pnl: 4 })),
  }
  expect(shadowAgainstReal(enough, SEED)).toEqual({ n: 30, real: 120, shadow: 150, differencePerTrade: 1, interval: { low: 1, high: 1 } })
})

test('what makes outcomes hard to believe is said, and nothing of no outcomes', () => {
  const symbols = ['A', 'B', 'C']
  const of = (wins: number, losses: number, over: Parameters<typeof ended>[0] = {}) =>
    biasWarnings(
      Array.from({ length: wins + losses }, (_, index) => ended({ symbol: symbols[index % 3] ?? '', pnl: index < wins ? 1 : -1, ...over })),
    ).map(({ check }) => check)
  expect(biasWarnings([])).toEqual([])
  expect(of(50, 50)).toEqual([])
  expect(of(85, 15)).toEqual([])
  expect(of(86, 14)).toEqual(['winRateHigh'])
  expect(of(25, 75)).toEqual([])
  expect(of(24, 76)).toEqual(['winRateLow'])
  expect(of(50, 50, { symbol: 'A' })).toEqual(['symbolsFew'])
  expect(of(50, 50, { reason: 'target' })).toEqual(['targetsMany'])
  expect(of(50, 50, { pnlRatio: -0.2 })).toEqual([])
  expect(of(50, 50, { pnlRatio: -0.21 })).toEqual(['movesLarge'])
})

test('nothing recorded makes a report that says so and shows no number that nobody measured', () => {
  const none = historyOf([])
  expect(fullReport(none, 0)).toMatchObject({ generated_at: '1970-01-01T00:00:00.000Z', period_hours: null, warnings: { real: [], shadow: [] } })
  expect(guardsLines(guardsReport(none, 0))).toEqual(['nothing recorded', 'no shadow trade of a blocked signal has ended yet'])
  expect(shadowLines(shadowReport(none, 0))).toContain('no shadow trade has ended yet')
  expect(reportLines(fullReport(none, 0)).join('\n')).toContain('no signal was executed')
})

test('what comes from outside is inert in the text', () => {
  const history = historyWith({
    shadows: [shadowEnded({ strategy: '\u001b[2Jx', blockers: ['\u001b]0;y\u0007'] })],
    decided: new Map([['s', decided({})]]),
  })
  expect(`${reportLines(fullReport(history, 0)).join('\n')}${guardsLines(guardsReport(history, 0)).join('\n')}`).not.toContain('\u001b')
})
