import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { verifyCore } from '../../engine/replay/verify.ts'
import { verifySignals } from '../../engine/replay/verify-signals.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { arrayTape } from '../brain/fakes.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, type World, wishes, world } from '../orchestrator/world.ts'

const bars = market(3, 200)
const records = wishes(bars)

const played = async (): Promise<World> => {
  const place = world(tempFolder(), bars, records)
  await live(place, killer(Number.POSITIVE_INFINITY))
  return place
}

const change = (place: World, sql: string): void => {
  const database = new DatabaseSync(place.paths.ledger)
  database.exec(sql)
  database.close()
}

const verified = (place: World, tape: readonly Bar[] = bars) => {
  const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
  try {
    const core = verifyCore(ledger, arrayTape(tape), instruments)
    return { core, signals: verifySignals(core.brainRuns, arrayTape(tape), instruments, '/nowhere') }
  } finally {
    ledger.close()
  }
}

describe('deciding a ledger again', () => {
  test('gives the same events, states and signals where nothing was touched', async () => {
    const { core, signals } = verified(await played())
    expect(core.difference).toBeNull()
    expect(core.events).toBeGreaterThan(100)
    expect(core.checkpoints).toBeGreaterThan(0)
    expect(signals).toMatchObject({ difference: null, unverifiable: [] })
    expect(signals.signals).toBeGreaterThan(10)
  })

  test.each([
    { says: 'an event that was changed', sql: "UPDATE events SET body = json_set(body, '$.at', 1) WHERE sequence = 9" },
    { says: 'an input that was changed', sql: "UPDATE inputs SET body = json_set(body, '$.now', 1) WHERE kind = 'signal'" },
    { says: 'an event that was taken away', sql: 'DELETE FROM events WHERE sequence = (SELECT max(sequence) FROM events)' },
    { says: 'a cycle that was taken away', sql: 'DELETE FROM cycles WHERE number = (SELECT min(number) FROM cycles WHERE number > 3)' },
    { says: 'a chain that was written anew', sql: "UPDATE cycles SET chain = replace(chain, 'a', 'b')" },
  ])('names the first cycle that differs for $says', async ({ sql }) => {
    const place = await played()
    change(place, sql)
    const { core } = verified(place)
    expect(core.difference).toMatchObject({ cycle: expect.any(Number), what: expect.any(String) })
  })

  test('finds a checkpoint whose hash was changed', async () => {
    const place = await played()
    change(place, "UPDATE checkpoints SET hash = 'x'")
    expect(verified(place).core.difference).toMatchObject({ what: 'hash of the checkpoint' })
  })

  test('finds a bar on the tape that was changed where it decided anything', async () => {
    const place = await played()
    const touched = bars.map((bar) => (bar.sequence > 50 ? { ...bar, close: bar.close * 1.5, high: bar.high * 2 } : bar))
    expect(verified(place, touched).core.difference).not.toBeNull()
  })

  test('finds a tape that is too short', async () => {
    const place = await played()
    expect(verified(place, bars.slice(0, 100)).core.difference).toMatchObject({ what: 'tape' })
  })

  test('does not claim signals of a strategy whose code is another now', async () => {
    const place = await played()
    const ledger = openLedger(place.paths.ledger, () => '', { readOnly: true })
    const { brainRuns } = verifyCore(ledger, arrayTape(bars), instruments)
    ledger.close()
    const changed = brainRuns.map((run) => ({ ...run, strategies: run.strategies.map((strategy) => ({ ...strategy, sourceHash: 'other' })) }))
    const verdict = verifySignals(changed, arrayTape(bars), instruments, '/nowhere')
    expect(verdict.unverifiable[0]).toContain('is not the code that ran then')
  })
})
