import { describe, expect, test } from 'vitest'
import type { Bug } from './faults.ts'
import { simulate } from './world.ts'
import { ONE_SEED, STEPS } from './worlds.ts'

const BUG_SEEDS_MAX = 200

describe.skipIf(ONE_SEED !== null)('a planted bug is caught', () => {
  const bugs: { readonly says: string; readonly bug: Bug; readonly promises: RegExp }[] = [
    { says: 'the guard of the engine state skipped', bug: { kind: 'guardSkipped', guard: 'engineState' }, promises: /no entry while paused/ },
    {
      says: 'the guard of the breakers skipped',
      bug: { kind: 'guardSkipped', guard: 'breakers' },
      promises: /breaker is open|limit lets nothing in/,
    },
    { says: 'the guard of fresh data skipped', bug: { kind: 'guardSkipped', guard: 'dataFreshness' }, promises: /stale data/ },
    { says: 'the guard of the number of positions skipped', bug: { kind: 'guardSkipped', guard: 'positionCount' }, promises: /within their number/ },
    {
      says: 'both guards of one position per symbol skipped',
      bug: { kind: 'guardSkipped', guard: 'duplicate symbolState' },
      promises: /one position per symbol|does not fail/,
    },
    { says: 'an effect before its commit', bug: { kind: 'effectBeforeCommit' }, promises: /in the ledger before the venue/ },
    { says: 'a lost fill', bug: { kind: 'lostFill' }, promises: /fill of the venue|venue and the ledger agree|everything can be closed/ },
    { says: 'a doubled fill', bug: { kind: 'doubledFill' }, promises: /fill of the venue|venue and the ledger agree|does not fail/ },
    { says: 'an id reused', bug: { kind: 'idReused' }, promises: /one order only/ },
  ]
  test.each(bugs)('$says', { timeout: 120_000 }, ({ bug, promises }) => {
    for (let seed = 1; seed <= BUG_SEEDS_MAX; seed += 1) {
      const { broken } = simulate({ seed, steps: STEPS, bug })
      if (broken === null) continue
      expect(broken.promise, broken.detail).toMatch(promises)
      return
    }
    expect.fail(`not caught in ${BUG_SEEDS_MAX} worlds`)
  })
})
