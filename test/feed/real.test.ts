import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runFeed } from '../../engine/feed/run.ts'
import type { BarRing, Doorbell } from '../../engine/ring/port.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { FromChild } from '../../engine/supervisor/messages.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import { systemClock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { FeedView } from '../../src/contracts/snapshot.ts'
import { candleFile, folder, INSTRUMENTS, instrument } from './fakes.ts'

/** Real market data stays where it is; without it these tests say so and are skipped. */
const shared = process.env.AEGIS_SHARED
const data = (file: string): string => join(shared ?? '', 'data', file)
const missing = shared === undefined || !existsSync(data('crypto'))
const withData = describe.skipIf(missing)

/** Takes everything as it comes and checks that sequences have no hole. @returns how many bars came. */
const consume = (ring: BarRing, own: Doorbell, feed: Doorbell, from: number) => {
  let expected = from
  let stopped = false
  const loop = async (): Promise<void> => {
    while (!stopped || ring.pending() > 0) {
      const count = ring.drain(512, (bar) => {
        if (bar.sequence !== expected) throw new Error(`bar ${bar.sequence} after ${expected - 1}`)
        expected += 1
      })
      ring.commit()
      if (count > 0) {
        feed.ring()
        await new Promise(setImmediate)
      } else await own.sleep(() => stopped || ring.pending() > 0, 100)
    }
  }
  const done = loop()
  return {
    count: () => expected - from,
    stop: async () => {
      stopped = true
      own.wake()
      await done
    },
  }
}

/** A replay over the real tape and the real rings, in one process. */
const replayFile = async (
  file: string,
  settings: Record<string, unknown> = {},
  instruments: readonly Instrument[] = INSTRUMENTS,
  at = folder(onTestFinished),
) => {
  const tapeFolder = join(at, 'tape')
  const started = performance.now()
  const tape = openTapeWriter(tapeFolder)
  const before = tape.end().sequence
  const memory = plainShared({ startAfter: before, generation: 1 })
  const readers = (['brain', 'orchestrator'] as const).map((name) =>
    consume(memory[`${name}Bars`], memory.doorbells[name], memory.doorbells.feed, before + 1),
  )
  const over = Promise.withResolvers<FeedView>()
  const times = { readyMs: Number.NaN, endedMs: Number.NaN }
  const send = (message: FromChild): void => {
    if (message.kind === 'ready') times.readyMs = performance.now() - started
    const view = message.kind === 'view' ? message.changes.feed : undefined
    if (view !== undefined && view.state !== 'running' && view.state !== 'waiting for space') over.resolve(view)
  }
  let record: string | null = existsSync(join(at, 'record')) ? readFileSync(join(at, 'record'), 'utf8') : null
  const handle = await runFeed({
    config: Config.parse({ feed: { kind: 'replay', file, ...settings } }),
    instruments,
    tape,
    reader: openTapeReader(tapeFolder),
    shared: memory,
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    send,
    every: () => () => undefined,
    record: {
      read: () => record,
      write: (text) => {
        record = text
        candleFile(join(at, 'record'), text)
      },
    },
    crash: (error) => over.reject(error),
  })
  const view = await over.promise
  times.endedMs = performance.now() - started
  await handle.drain('asked')
  for (const reader of readers) await reader.stop()
  memory.close()
  return { view, counts: readers.map(({ count }) => count()), at, ...times }
}

withData(`real candles${missing ? ' (skipped: AEGIS_SHARED names no folder with market data)' : ''}`, () => {
  test.each([
    { file: 'crypto/bitfinex_BTCUSD_1m_2017.csv.gz', rows: 505_209, gaps: 14_203 },
    { file: 'crypto/bitfinex_BTCUSD_1m_2018.csv.gz', rows: 520_499, gaps: 3_992 },
  ])(
    '$file: rows = bars + rejects, every bar through both rings',
    async ({ file, rows, gaps }) => {
      const { view, counts, at } = await replayFile(data(file))
      expect(view).toMatchObject({ state: 'ended', rows, overruns: 0, gaps })
      expect(view.bars + view.rejects).toBe(rows)
      expect(view.rejects).toBe(0)
      expect(counts).toEqual([view.bars, view.bars])

      // The feed is started again at the end of the file: what it costs to pass over half a million rows.
      const again = await replayFile(data(file), {}, INSTRUMENTS, at)
      expect(again.view).toMatchObject({ state: 'ended', rows, bars: view.bars, rejects: 0 })
      expect(again.counts).toEqual([0, 0])
      expect(again.endedMs).toBeLessThan(2_000) // a loose bound on a busy machine; the bench has the figure
    },
    60_000,
  )

  test('plain is the same as gzip', async () => {
    const name = 'crypto/bitfinex_BTCUSD_1h_2018.csv.gz'
    const packed = await replayFile(data(name))
    const plain = await replayFile(candleFile(join(folder(onTestFinished), 'bitfinex_BTCUSD_1h_2018.csv'), gunzipSync(readFileSync(data(name)))))
    expect(packed.view.rows).toBe(8_760)
    expect(plain.view).toEqual({ ...packed.view, source: plain.view.source, consumed: plain.view.consumed })
  })

  test.each([
    { file: 'us_intraday/lean_SPY_1h_1998_2021.csv.gz', rows: 40_832, symbol: 'SPY' },
    { file: 'us_intraday/lean_IBM_1h_1998_2021.csv.gz', rows: 40_813, symbol: 'IBM' },
    { file: 'us_daily/skender_MSFT_1d.csv', rows: 8_111, symbol: 'MSFT' },
    { file: 'us_intraday/skender_SPY_1m_2020-12.csv', rows: 1_564, symbol: 'SPY' },
    { file: 'fx/backtestingpy_EURUSD_1h.csv', rows: 5_000, symbol: 'EURUSD' },
    { file: 'crypto/tradingsignals_BTCUSDT_1m_2021-02-19.csv.gz', rows: 10_080, symbol: 'BTCUSDT' },
  ])(
    '$file: nights, weekends and holidays are gaps and no errors',
    async ({ file, rows, symbol }) => {
      const { view } = await replayFile(data(file), {}, [instrument(1, symbol)])
      expect(view.rows).toBe(rows)
      expect(view.bars + view.rejects).toBe(rows)
      // A split in 1999 costs IBM two candles; nothing else is refused in 23 years.
      expect(view.rejectsByRule).toEqual(symbol === 'IBM' ? { jump: 2 } : {})
    },
    30_000,
  )

  test.each<{ file: string; rows: number; settings: Record<string, unknown>; rejects: Record<string, number> }>([
    { file: 'messy/skender_bad.csv', rows: 502, settings: { symbol: 'SPY' }, rejects: { type: 101, positive: 54, envelope: 9, jump: 8, volume: 1 } },
    // Months were shuffled, one of them from the year after.
    { file: 'messy/skender_mismatch.csv', rows: 502, settings: { symbol: 'SPY' }, rejects: { past: 30, future: 19, order: 21 } },
    { file: 'messy/skender_zeros.csv', rows: 200, settings: { symbol: 'SPY' }, rejects: { positive: 200 } },
    {
      file: 'messy/pystock_raw_files.csv.gz',
      rows: 38_100,
      settings: {},
      rejects: { symbol: 31_705, future: 6_363, positive: 18, type: 2, duplicate: 2, jump: 2 },
    },
  ])('$file is counted and reasoned', async ({ file, rows, settings, rejects }) => {
    const { view } = await replayFile(data(file), settings, [instrument(1, 'SPY'), instrument(2, 'AE'), instrument(3, 'CUI')])
    expect(view).toMatchObject({ state: 'ended', rows })
    expect(view.rejectsByRule).toEqual(rejects)
    expect(view.bars + view.rejects).toBe(rows)
  })
})
