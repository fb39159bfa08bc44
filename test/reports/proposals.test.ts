import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COOL_DOWN_MS, judgeProposal, keepProposals, type Proposal, readProposals } from '../../engine/reports/proposal-store.ts'
import { proposalsFrom } from '../../engine/reports/proposals.ts'
import { proposalLines } from '../../engine/reports/text.ts'
import { seeded } from '../../src/random.ts'
import { tempFolder } from '../helpers/temp.ts'
import { decided, historyWith, shadowEnded } from './outcomes.ts'

const GUARDS = [{ name: 'confidence', setting: 'guards.confidence.limit' }]
const LIMIT = 0.6

/** Signals that confidence alone judged, each with its value; the result of the shadow trade is `pnl` of it. */
const judged = (count: number, drawn: (draw: number) => number, pnl: (value: number, index: number) => number) => {
  const random = seeded(11)
  const cases = Array.from({ length: count }, (_, index) => {
    const value = drawn(random.next())
    const blockers = value < LIMIT ? ['confidence'] : []
    const decision = value < LIMIT ? ('BLOCKED' as const) : ('APPROVED' as const)
    return { id: `s${index}`, value, blockers, decision, pnl: Math.round(pnl(value, index)), at: index * 60_000 }
  })
  return historyWith({
    decided: new Map(
      cases.map(({ id, value, blockers, decision, at }) => [
        id,
        decided({ decision, blockers, at, measured: [{ guard: 'confidence', value, limit: LIMIT }] }),
      ]),
    ),
    shadows: cases.map(({ id, blockers, decision, pnl: earned, at }) =>
      shadowEnded({ signalId: id, blockers, decision, pnl: earned, decidedAt: at, endedAt: at + 30_000 }),
    ),
  })
}

const kinds = (history: ReturnType<typeof judged>) => proposalsFrom(history, GUARDS, 1).map(({ kind, guard }) => `${kind} ${guard ?? 'strategy'}`)

describe('proposals', () => {
  test('refusals near the limit that would have won in every fold propose a looser limit, with n and interval', () => {
    const history = judged(
      400,
      (draw) => 0.4 + draw * 0.2,
      (value) => (value > 0.49 ? 2_000_000 : -3_000_000),
    )
    const [proposal] = proposalsFrom(history, GUARDS, 1).filter(({ kind }) => kind === 'loosen')
    expect(proposal).toMatchObject({ guard: 'confidence', setting: 'guards.confidence.limit', from: LIMIT, touchesMoney: false })
    expect(proposal?.to).toBeGreaterThan(0.48)
    expect(proposal?.to).toBeLessThan(0.52)
    expect(proposal?.evidence.foldsHeld).toBe(4)
    expect(proposal?.evidence.n).toBeGreaterThan(100)
    expect(Number(proposal?.evidence.interval.low)).toBeGreaterThan(0)
    expect(Number(proposal?.expectedPerTrade)).toBeGreaterThan(1.5)
    expect(proposalsFrom(history, GUARDS, 1)).toEqual(proposalsFrom(history, GUARDS, 1))
  })

  test('what was passed just within the limit and lost proposes a stricter one', () => {
    const history = judged(
      800,
      (draw) => 0.5 + draw * 0.4,
      (value) => (value < 0.65 ? -2_000_000 : 1_000_000),
    )
    const [proposal] = proposalsFrom(history, GUARDS, 1).filter(({ kind }) => kind === 'tighten')
    expect(proposal?.to).toBeGreaterThan(LIMIT)
    expect(proposal?.to).toBeLessThan(0.7)
  })

  test('an effect of the first fold that later ones do not show is not proposed', () => {
    expect(
      kinds(
        judged(
          400,
          (draw) => 0.4 + draw * 0.2,
          (_, index) => (index < 80 ? 50_000_000 : -1_000_000),
        ),
      ),
    ).not.toContain('loosen confidence')
  })

  test('chance alone proposes nothing, nor do too few outcomes', () => {
    const coin = seeded(3)
    expect(
      kinds(
        judged(
          400,
          (draw) => 0.4 + draw * 0.4,
          () => (coin.next() < 0.5 ? 1_000_000 : -1_000_000),
        ),
      ),
    ).toEqual([])
    expect(
      kinds(
        judged(
          30,
          (draw) => 0.4 + draw * 0.2,
          () => 1_000_000,
        ),
      ),
    ).toEqual([])
  })

  test('a strategy that loses in every fold is named, and that touches money', () => {
    const history = judged(
      200,
      () => 0.9,
      () => -1_000_000,
    )
    expect(proposalsFrom(history, GUARDS, 1).filter(({ kind }) => kind === 'weight')).toMatchObject([
      { strategy: 'test', from: 1, to: 0, touchesMoney: true, expectedPerTrade: '1.000000' },
    ])
  })

  test('a signal that another guard refused too says nothing of this one', () => {
    const history = judged(
      400,
      (draw) => 0.4 + draw * 0.2,
      () => 1_000_000,
    )
    const both = { ...history, shadows: history.shadows.map((outcome) => ({ ...outcome, blockers: [...outcome.blockers, 'spread'] })) }
    expect(kinds(both)).not.toContain('loosen confidence')
  })
})

const proposal = (over: Partial<Proposal> = {}): Omit<Proposal, 'madeAt'> => {
  const { madeAt: _, ...made } = {
    id: 'loosen-confidence-00000000',
    kind: 'loosen' as const,
    guard: 'confidence',
    strategy: null,
    setting: 'guards.confidence.limit',
    from: 0.6,
    to: 0.5,
    touchesMoney: false,
    evidence: { n: 100, learnedFrom: 200, folds: 4, foldsHeld: 4, net: '10', interval: { low: '1', high: '20' } },
    expectedPerTrade: '0.1',
    madeAt: 0,
    ...over,
  }
  return made
}

const files = () => {
  const folder = tempFolder()
  return { proposals: join(folder, 'proposals.json'), proposalVerdicts: join(folder, 'verdicts.json') }
}

describe('verdicts', () => {
  const say = (place: ReturnType<typeof files>, id: string, verdict: 'approve' | 'reject', now: number) =>
    judgeProposal(place, { id, verdict, by: 'ann', reason: 'because', now })

  test('a proposal keeps the time at which it was first made, and what was said of it', () => {
    const place = files()
    keepProposals(place, [proposal()], 5)
    keepProposals(place, [proposal()], 9)
    expect(readProposals(place)).toMatchObject([{ madeAt: 5, verdict: null }])
    expect(say(place, proposal().id, 'approve', 10)).toMatchObject({ ok: true })
    keepProposals(place, [], 20)
    expect(readProposals(place)).toMatchObject([{ madeAt: 5, verdict: { verdict: 'approve', by: 'ann', reason: 'because', at: 10 } }])
    expect(proposalLines(readProposals(place)).join('\n')).toContain('approve by ann: because')
  })

  test('one that no longer holds and that nobody judged is gone', () => {
    const place = files()
    keepProposals(place, [proposal()], 5)
    keepProposals(place, [], 6)
    expect(readProposals(place)).toEqual([])
  })

  test('what touches money waits an hour after it was made and after the last approval, and says until when', () => {
    const place = files()
    const [first, second] = [proposal({ id: 'a', touchesMoney: true }), proposal({ id: 'b', touchesMoney: true })]
    keepProposals(place, [first, second], 0)
    expect(say(place, 'a', 'approve', COOL_DOWN_MS - 1)).toEqual({
      ok: false,
      error: 'a touches money: it may be approved from 1970-01-01T01:00:00.000Z on',
    })
    expect(say(place, 'a', 'approve', COOL_DOWN_MS)).toMatchObject({ ok: true })
    expect(say(place, 'b', 'approve', 2 * COOL_DOWN_MS - 1)).toMatchObject({ ok: false, error: expect.stringContaining('1970-01-01T02:00:00.000Z') })
    expect(say(place, 'b', 'reject', 2 * COOL_DOWN_MS - 1)).toMatchObject({ ok: true })
  })

  test('one that nobody made, and one that was judged, are refused', () => {
    const place = files()
    expect(say(place, 'x', 'approve', 0)).toEqual({ ok: false, error: 'no proposal x' })
    keepProposals(place, [proposal({ id: 'x' })], 0)
    say(place, 'x', 'reject', 1)
    expect(say(place, 'x', 'approve', 2)).toEqual({ ok: false, error: 'x was rejected by ann at 1970-01-01T00:00:00.001Z' })
  })

  test('a file that is not ours is named and not written over', () => {
    const place = files()
    writeFileSync(place.proposals, '{"rows":1}')
    expect(() => keepProposals(place, [proposal()], 0)).toThrow(place.proposals)
    expect(say(place, 'x', 'approve', 0)).toMatchObject({ ok: false, error: expect.stringContaining(place.proposals) })
    expect(readFileSync(place.proposals, 'utf8')).toBe('{"rows":1}')
    expect(existsSync(place.proposalVerdicts)).toBe(false)
  })
})
