import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { main } from '../../engine/brain/main.ts'
import type { ChildContext } from '../../engine/child/port.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { FromChild } from '../../engine/supervisor/messages.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import { systemClock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import { instancePaths } from '../../src/home.ts'
import { BTC, ETH, walk } from './make.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aegis-brain-main-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('the process warms up from the real tape, says so, works through its ring and drains', async () => {
  const paths = instancePaths(home, 'default')
  mkdirSync(paths.tape, { recursive: true })
  const bars = walk({ seed: 31, bars: 20_000, instruments: 2 })
  const tape = openTapeWriter(paths.tape)
  for (const bar of bars) tape.append(bar)
  tape.flush()
  const shared = plainShared({ startAfter: 19_000, generation: 1 })
  const sent: FromChild[] = []
  const config = Config.parse({ feed: { kind: 'replay', file: 'walk.csv' }, strategies: [{ id: 'sma-cross', timeframe: '5m' }] })
  const context: ChildContext = {
    name: 'brain',
    boot: {
      kind: 'boot',
      home,
      instance: 'default',
      account: 'test',
      mode: 'simulate',
      config,
      configHash: '',
      instruments: [BTC, ETH],
      version: '0',
      startedAt: 0,
      desired: {
        state: 'running',
        reason: 'test',
        actor: { kind: 'engine', uid: null, name: 'test', tty: null, ssh: null },
        commandId: null,
        at: 0,
      },
      killSwitch: null,
      troubles: [],
    },
    paths,
    shared,
    log: pino({ level: 'silent' }),
    clock: systemClock,
    send: (message) => sent.push(message),
  }

  const handle = await main(context)
  expect(sent[0]).toEqual({ kind: 'ready', evidence: 'strategies: 1 loaded, 1 warm, 0 stopped; live from bar 19001' })
  for (const bar of bars.slice(19_000)) shared.brainBars.push(bar)
  shared.brainBars.publish()
  shared.doorbells.brain.ring()
  while (shared.brainBars.committed() < 20_000) await shared.doorbells.feed.sleep(() => shared.brainBars.committed() === 20_000)
  await handle.drain('asked')

  const records: string[] = []
  shared.signals.drain(1_000, (record) => records.push(record))
  const first: unknown = JSON.parse(records[0] ?? '')
  // 502 bars of five minutes on two instruments: enough to refill what is kept.
  expect(first).toMatchObject({ kind: 'brainStarted', warmFrom: 19_001 - 502 * 5 * 2, liveFrom: 19_001, strategies: [{ id: 'sma-cross' }] })
  expect(sent.filter(({ kind }) => kind === 'view').length).toBeGreaterThan(0)
  tape.close()
  shared.close()
})
