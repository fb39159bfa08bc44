import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Rules } from '../../engine/core/rules.ts'
import { openLedger, type StoredInput } from '../../engine/ledger/ledger.ts'
import { recover } from '../../engine/orchestrator/recover.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { instancePaths } from '../../src/home.ts'
import { arrayTape } from '../brain/fakes.ts'
import { bar, carelessRules, fresh, machine } from '../helpers/engine-fixture.ts'
import { entryOf } from '../helpers/ledger-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'

/** Other costs: shadow trades are filled at other prices. */
const dearer: Rules = { ...carelessRules, costBps: 50 }

test('bars since the last checkpoint are marked under the rules of their time, though the settings are others now', () => {
  const paths = instancePaths(tempFolder(), 'default')
  mkdirSync(paths.data, { recursive: true })
  const ledger = openLedger(paths.ledger, () => 'led')
  const bars: Bar[] = Array.from({ length: 30 }, (_, index) => bar(index + 1))
  const { scales: _, ...before } = carelessRules
  const { scales: __, ...after } = dearer

  const first = machine(fresh(), carelessRules)
  first.started()
  first.bar(1)
  first.signal(1, 'long')
  for (let sequence = 2; sequence <= 10; sequence += 1) first.bar(sequence)
  const at = first.now()
  const reload = {
    kind: 'reloaded',
    now: at,
    rules: after,
    configHash: 'other',
    changes: [],
    commandId: 'command-1',
    actor: 'ann',
    reason: 'dearer',
  } as const
  first.give(reload)
  const second = machine(first.state(), dearer)
  second.signal(10, 'long')
  second.bar(11)

  const started: StoredInput = { kind: 'started', now: at, mode: 'simulate', rules: before, configHash: 'hash' }
  ledger.append({ ...entryOf(1, [...first.events, ...second.events], [started, reload]), barSequence: 11 })
  const shadows = second.state().books[0]?.shadows.map(({ position }) => position?.entryPrice)
  expect(shadows).toEqual([10_002, 10_050])
  for (const now of [carelessRules, dearer]) expect(recover(now, ledger, arrayTape(bars), fresh())).toEqual(second.state())
  ledger.close()
})
