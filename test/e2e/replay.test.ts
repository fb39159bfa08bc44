import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { guards } from '../../engine/core/guards/index.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { looseSettings } from '../helpers/engine-fixture.ts'
import { busyConfig, candleFile, linesOf, type Place, place } from './engine.ts'

// A wait says itself what it waited for; a busy machine is no failure.
vi.setConfig({ testTimeout: 60_000 })

/** Real market data stays where it is; without it these tests say so and are skipped. */
const shared = process.env.AEGIS_SHARED
const data = (file: string): string => join(shared ?? '', 'data', file)
const withData = describe.skipIf(shared === undefined)
const because = shared === undefined ? ' (skipped: AEGIS_SHARED does not say where the market data is)' : ''

const start = async (at: Place, file: string, ...flags: string[]): Promise<void> => {
  const { code, stderr } = await at.run(['start', '--feed', `replay:${file}`, '--speed', 'max', ...flags])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
}

const OVER = new Set(['filled', 'cancelled', 'expired', 'denied', 'rejected'])

/** At the end of the file with every bar through the brain and the orchestrator. */
const ended = (at: Place): Promise<Snapshot> =>
  at.until('at the end', ({ feed }) => feed.state.startsWith('ended') && feed.consumed === feed.bars && feed.decided === feed.bars, 60_000)

/** The same with nothing in flight, and paused: what is shown then comes from a cycle after everything else. */
const settled = async (at: Place): Promise<Snapshot> => {
  await ended(at)
  await at.command({ kind: 'pause' })
  return await at.until('settled', ({ engine, orders }) => engine.state === 'paused' && orders.every(({ state }) => OVER.has(state)))
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0)

/** What the market and the strategies alone decide, without ids and versions. */
const trades = ({ paths }: Place) =>
  readdirSync(paths.trades)
    .sort()
    .flatMap((day) => linesOf<TradeLine>(join(paths.trades, day)))
    .map(({ session_id: _, config_hash: __, order_id: ___, parent_order_id: ____, execution_id: _____, account_id: ______, ...trade }) => trade)

const rowsOf = (path: string): number => {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.split('\n').filter((line) => line.trim() !== '').length - 1
}

withData(`real candles through all processes${because}`, () => {
  test.each([
    { year: 2017, rows: 505_209 },
    { year: 2018, rows: 520_499 },
  ])('one-minute BTCUSD of $year: every row is a bar or a reasoned reject, and the engine stays up', { timeout: 120_000 }, async ({ year, rows }) => {
    const at = place({ ...looseSettings })
    await start(at, data(`crypto/bitfinex_BTCUSD_1m_${year}.csv.gz`))
    const done = await settled(at)
    expect((await at.run(['resume', '--reason', 'go on'])).code).toBe(0)
    await at.until('running', ({ engine }) => engine.state === 'running')
    const { code, stdout } = await at.run(['status', '--json'])
    expect(code).toBe(0)
    const { feed, engine, processes, positions, equity, ledger } = JSON.parse(stdout) as Snapshot
    expect(feed).toMatchObject({ rows, state: expect.stringMatching(/^ended/), gaps: done.feed.gaps })
    expect(feed.bars + feed.rejects).toBe(rows)
    expect(sum(feed.rejectsByRule)).toBe(feed.rejects)
    expect([feed.consumed, feed.decided]).toEqual([feed.bars, feed.bars])
    expect(engine).toMatchObject({ state: 'running', pid: done.engine.pid })
    expect(processes.map(({ state, restarts }) => [state, restarts])).toEqual(processes.map(() => ['ready', 0]))
    expect(ledger.state).toBe('ok')
    expect(Number(equity)).toBeGreaterThan(0)
    expect(trades(at).length).toBeGreaterThan(100)

    // Whoever stops and starts again finds the same account, and the file is not traded twice.
    expect((await at.run(['restart'])).code).toBe(0)
    const again = await at.until('at the end again', (snapshot) => snapshot.feed.state.startsWith('ended') && snapshot.engine.state === 'running')
    expect(again.positions).toEqual(positions)
    expect(again.equity).toBe(equity)
    expect((await at.run(['stop'])).code).toBe(0)
    const verified = await at.run(['replay', '--verify', '--json'])
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { clean: true }])
  })

  test('plain and gzip give the same trades', async () => {
    const packed = data('crypto/bitfinex_BTCUSD_1h_2018.csv.gz')
    const [one, other] = [
      place({ strategies: [{ id: 'breakout', timeframe: '1h', params: {} }] }),
      place({ strategies: [{ id: 'breakout', timeframe: '1h', params: {} }] }),
    ]
    const plain = join(other.folder, 'bitfinex_BTCUSD_1h_2018.csv')
    writeFileSync(plain, gunzipSync(readFileSync(packed)))
    await start(one, packed)
    await start(other, plain)
    const [first, second] = [await settled(one), await settled(other)]
    expect(first.feed.bars).toBeGreaterThan(8_000)
    expect(second.feed.rejectsByRule).toEqual(first.feed.rejectsByRule)
    expect(trades(other)).toEqual(trades(one))
    expect(trades(one).length).toBeGreaterThan(10)
    expect(second.equity).toBe(first.equity)
  })

  test.each(['messy/skender_bad.csv', 'messy/skender_mismatch.csv', 'messy/skender_zeros.csv', 'messy/pystock_raw_files.csv.gz'])(
    '%s: every row is counted with its reason, and the engine lives',
    async (file) => {
      const at = place()
      await start(at, data(file), '--symbol', 'BTCUSD')
      const { feed, processes, illegalMoves } = await ended(at)
      expect(feed.rows).toBe(rowsOf(data(file)))
      expect(feed.bars + feed.rejects).toBe(feed.rows)
      expect(feed.rejects).toBeGreaterThan(0)
      expect(sum(feed.rejectsByRule)).toBe(feed.rejects)
      expect(processes.map(({ state, restarts }) => [state, restarts])).toEqual(processes.map(() => ['ready', 0]))
      expect(illegalMoves).toBe(0)
      expect((await at.run(['stop'])).code).toBe(0)
      expect((await at.run(['replay', '--verify'])).code).toBe(0)
    },
  )
})

const forms = [
  { form: 'milliseconds', says: 'milliseconds', time: (ms: number) => String(ms) },
  { form: 'seconds', says: 'seconds', time: (ms: number) => String(ms / 1_000) },
  { form: 'ISO 8601', says: 'ISO 8601', time: (ms: number) => new Date(ms).toISOString() },
  { form: 'date and time with a blank', says: 'ISO 8601', time: (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ') },
]

test('times in milliseconds, seconds and ISO 8601 are recognised, reported, and trade alike', async () => {
  const ROWS = 3_000
  const seen: unknown[] = []
  for (const { says, time } of forms) {
    const at = place({ ...busyConfig })
    const file = candleFile(at, ROWS)
    const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n')
    writeFileSync(file, `${[header, ...rows.map((row) => row.replace(/^\d+/, (ms) => time(Number(ms))))].join('\n')}\n`)
    await start(at, file)
    const { feed } = await ended(at)
    expect(feed).toMatchObject({ rows: ROWS, bars: ROWS, rejects: 0 })
    expect(readFileSync(join(at.paths.logs, 'feed.jsonl'), 'utf8')).toMatch(new RegExp(`times in ${says}`))
    seen.push(trades(at))
    expect((await at.run(['stop'])).code).toBe(0)
  }
  expect((seen[0] as unknown[]).length).toBeGreaterThan(10)
  for (const each of seen) expect(each).toEqual(seen[0])
})

/** The guards in the order in which every one of them answers. */
const GUARDS = guards.map(({ name }) => name)

test.each([
  { decision: 'APPROVED', blocker: null, said: /^decision +APPROVED/m },
  { decision: 'BLOCKED', blocker: 'duplicate', said: /^blocker +duplicate: /m },
])('why prints the whole guard trace of a signal that was $decision', async ({ decision, blocker, said }) => {
  const at = place({ ...busyConfig })
  await start(at, candleFile(at, 3_000))
  await settled(at)
  // A signal goes on to other states after it was decided; what was decided of it stays in the stream.
  const ids = linesOf<SignalDecisionLine>(join(at.paths.streams, 'signal_decisions.jsonl')).flatMap((line) =>
    line.decision === decision ? [line.signal_id] : [],
  )
  expect(ids.length).toBeGreaterThan(0)

  const traces = await Promise.all(ids.slice(0, 20).map(async (id) => JSON.parse((await at.run(['why', id, '--json'])).stdout)))
  for (const { decision: made } of traces) {
    expect(made.decision).toBe(decision)
    expect((made as SignalDecisionLine).guards.map(({ guard }) => guard)).toEqual(GUARDS)
    expect((made as SignalDecisionLine).guards.filter(({ blocks }) => blocks).map(({ guard }) => guard)).toEqual(made.blockers)
    expect(made.blocker_component).toBe(made.blockers[0] ?? null)
  }
  const one = traces.find(({ decision: made }) => made.blocker_component === blocker)
  const { code, stdout } = await at.run(['why', one.signal])
  expect([code, stdout]).toEqual([0, expect.stringMatching(said)])
  const printed = stdout.split('\n').flatMap((line) => /^ *(\d+) +(\w+) +(PASS|BLOCK|ABSTAIN|ERROR)/.exec(line)?.slice(1, 3) ?? [])
  expect(printed).toEqual(GUARDS.flatMap((guard, at) => [String(at + 1), guard]))
})

test('at the end of a file the engine stays up and holds the position that is open', async () => {
  const at = place({ ...busyConfig, strategies: [{ id: 'sma-cross', timeframe: '1m', params: { fast: 3, slow: 8 } }], risk: { allowShort: false } })
  // It falls, crosses upwards once, and rises until the file ends: whoever bought is still in.
  const closes = [...Array.from({ length: 30 }, (_, index) => 1_000 - index), ...Array.from({ length: 12 }, (_, index) => 971 + index / 4)]
  const lines = closes.map((close, row) => `${Date.UTC(2020, 0, 1) + row * 60_000},${close},${close + 0.5},${close - 0.5},${close},1`)
  const file = join(at.folder, 'BTCUSD_1m.csv')
  writeFileSync(file, `t,open,high,low,close,volume\n${lines.join('\n')}\n`)
  await start(at, file)
  const held = await at.until('in', ({ feed, positions }) => feed.state.startsWith('ended') && positions.some(({ state }) => state === 'OPEN'))
  expect(held.positions).toMatchObject([{ symbol: 'BTCUSD', side: 'long', state: 'OPEN' }])
  expect((await at.run(['status'])).stdout).toMatch(/^feed .* ended /m)
  const { positions } = await settled(at)
  expect(positions).toEqual(held.positions)
  expect((await at.run(['restart'])).code).toBe(0)
  const again = await at.until('up again', ({ engine, feed }) => engine.state === 'paused' && feed.state.startsWith('ended'))
  expect(again.positions).toEqual(held.positions)
})
