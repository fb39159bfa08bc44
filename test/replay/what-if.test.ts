import { describe, expect, test } from 'vitest'
import { guards } from '../../engine/core/guards/index.ts'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { readChanges } from '../../engine/replay/changes.ts'
import { whatIf } from '../../engine/replay/what-if.ts'
import { Exit } from '../../src/exit.ts'
import { seeded } from '../../src/random.ts'
import { arrayTape } from '../brain/fakes.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, type World, wishes, world } from '../orchestrator/world.ts'

const bars = market(3, 400)
const records = wishes(bars)

/** The world as it is after lives that end at these steps, and a last one that ends well. */
const lived = async (kills: readonly number[] = []): Promise<World> => {
  const place = world(tempFolder(), bars, records)
  for (const at of kills) await live(place, killer(at))
  await live(place, killer(Number.POSITIVE_INFINITY))
  return place
}

const asked = (place: World, without: string[] = [], set: string[] = []) => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    return whatIf(ledger, arrayTape(bars), instruments, readChanges(without, set, guards))
  } finally {
    ledger.close()
  }
}

describe('deciding the recorded inputs again with fills made anew', () => {
  test('gives every recorded fact where nothing was changed', async () => {
    const found = asked(await lived())
    expect(found.recorded.trades).toBeGreaterThan(0)
    expect(found.asRecorded).toEqual({ same: true, fact: null, trade: null })
    expect(found.whatIf).toEqual(found.recorded)
    expect(found.decisions).toEqual({ different: 0, verdict: 0, first: [] })
    expect(found.trades).toEqual({ onlyRecorded: 0, onlyWhatIf: 0, changed: 0 })
  })

  test('gives them for an engine that was killed at any step, too', { timeout: 60_000 }, async () => {
    const random = seeded(9)
    for (let round = 0; round < 12; round += 1) {
      const kills = Array.from({ length: 3 }, () => 1 + Math.floor(random.next() * 90))
      const found = asked(await lived(kills))
      expect.soft(found.asRecorded, `killed at ${kills}`).toEqual({ same: true, fact: null, trade: null })
    }
  })

  test('a guard that is left out lets in what it refused, and is no longer among the blockers', async () => {
    const place = await lived()
    // Sizes beyond what the guard of sizes lets in, so that it is the one that refuses.
    const refused = asked(place, [], ['risk.positionFraction=0.2'])
    expect(refused.whatIf.blockedBy.positionSize).toBeGreaterThan(0)
    expect(refused.decisions.first[0]?.whatIf?.blockers).toContain('positionSize')
    const found = asked(place, ['positionSize'], ['risk.positionFraction=0.2'])
    expect(found.asRecorded.same).toBe(true)
    expect(found.whatIf.blockedBy.positionSize).toBeUndefined()
    expect(found.whatIf.approved).toBeGreaterThan(refused.whatIf.approved)
  })

  test('a guard that the books rely on cannot be left out', async () => {
    const place = await lived()
    expect(() => asked(place, ['duplicate', 'symbolState'])).toThrow(
      expect.objectContaining({ code: Exit.refused, message: expect.stringContaining('duplicate') }),
    )
  })

  test('a smaller size makes smaller trades and smaller fees of the same signals', async () => {
    const found = asked(await lived(), [], ['risk.positionFraction=0.01'])
    expect(found.asRecorded.same).toBe(true)
    expect(found.whatIf.fees).toBeLessThan(found.recorded.fees)
    expect(found.whatIf.signals).toBe(found.recorded.signals)
    expect(found.trades.changed).toBeGreaterThan(0)
  })
})

describe('changes', () => {
  const set = (...texts: string[]) => readChanges([], texts, guards).set

  test.each([
    ['confidence.limit=0.5', 'guards.confidence.limit', 0.5],
    ['guards.confidence.limit=0.5', 'guards.confidence.limit', 0.5],
    ['breakers.consecutiveLosses.limit=10', 'breakers.consecutiveLosses.limit', 10],
    ['dailyLoss.limit=0.1', 'breakers.dailyLoss.limit', 0.1],
    ['positionCount=9', 'risk.positionsMax', 9],
    ['sessionPhase.blocked=["OPEN_NOISE"]', 'guards.sessionPhase.blocked', ['OPEN_NOISE']],
    ['profitLock.target=250', 'controls.profitLock.target', '250'],
    ['shadow.profile=fixed', 'shadow.profile', 'fixed'],
  ])('%s is understood', (text, path, value) => {
    expect(set(text)).toEqual([{ path, value }])
  })

  test('several stand in one text, lists among them', () => {
    expect(set('confidence.limit=0.5,sessionPhase.blocked=["OPEN_NOISE","CLOSE_PROTECT"],risk.allowShort=false').map(({ path }) => path)).toEqual([
      'guards.confidence.limit',
      'guards.sessionPhase.blocked',
      'risk.allowShort',
    ])
  })

  test.each([
    { says: 'a path that is nearly one', set: 'confidnce.limit=1', names: 'confidence.limit' },
    { says: 'a value that does not fit', set: 'confidence.limit=2', names: 'guards.confidence.limit' },
    { says: 'no value', set: 'confidence.limit', names: 'PATH=VALUE' },
  ])('$says is refused as wrong usage', ({ set: text, names }) => {
    expect(() => set(text)).toThrow(expect.objectContaining({ code: Exit.usage, message: expect.stringContaining(names) }))
  })

  test('a guard that is nearly one is refused with the one that was meant', () => {
    expect(() => readChanges(['positionCont'], [], guards)).toThrow(
      expect.objectContaining({ code: Exit.usage, message: expect.stringContaining('positionCount') }),
    )
  })
})
