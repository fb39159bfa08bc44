import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import { complaints } from '../../tui/commands/health.ts'
import { commandLine } from '../helpers/command-line.ts'
import { snapshot } from '../helpers/snapshot.ts'

const showing = async (changes: Partial<Snapshot> = {}) => {
  const line = commandLine()
  await line.engine({ status: () => ({ result: snapshot(changes) }) })
  return line
}

const past = (changes: Partial<Snapshot> = {}) => {
  const line = commandLine()
  mkdirSync(dirname(line.paths.snapshot), { recursive: true })
  writeFileSync(line.paths.snapshot, JSON.stringify(snapshot(changes)))
  return line
}

describe('status', () => {
  test('--json is the whole snapshot', async () => {
    const { run } = await showing()
    const { code, json, err } = await run('status --json')
    expect([code, err, json()]).toEqual([Exit.done, '', { running: true, ...snapshot() }])
  })

  test('as lines it says who, what, since when, and that rows are bars and rejects', async () => {
    const { run } = await showing()
    const { out } = await run('status')
    for (const part of [
      'RUNNING',
      'simulate (default)',
      'pid 4242',
      '100010.50 USD',
      '12 rows = 10 bars + 2 rejects (jump 2)',
      'orchestrator  READY',
      'BTCUSD',
    ]) {
      expect(out).toContain(part)
    }
  })

  test('an observer may look where the socket of the operator is closed', async () => {
    const { run, engine } = commandLine()
    await engine({ status: () => ({ result: snapshot() }) }, { at: 'observer' })
    expect((await run('status')).code).toBe(Exit.done)
  })

  test('without an engine it is the last snapshot, marked as past: exit 3', async () => {
    const { run } = past()
    const { code, out, err } = await run('status')
    expect([code, out, err]).toEqual([
      Exit.notRunning,
      expect.stringContaining('NOT RUNNING  was running at 2026-01-31T11:59:59.000Z'),
      expect.stringContaining('no engine'),
    ])
  })

  test('without an engine --json says so and repeats nothing that cannot be true of a dead one', async () => {
    const { run } = past()
    const { code, json } = await run('status --json')
    expect(code).toBe(Exit.notRunning)
    expect(json()).toMatchObject({
      running: false,
      asOf: snapshot().asOf,
      equity: '100010.50',
      engine: { state: 'stopped', pid: null },
      singleton: { held: false },
      processes: [{ state: 'down', pid: null }, { state: 'down' }, { state: 'down' }, { state: 'down' }],
    })
  })

  test('where there never was one, it is a document all the same', async () => {
    expect((await commandLine().run('status --json')).json()).toEqual({ running: false, instance: 'default', asOf: null })
  })

  test.each(['{"asOf": 1', '{"asOf":1,"engine":{"state":"running"},"processes":[]}'])(
    'a last snapshot that is none, %s, is exit 65',
    async (left) => {
      const { run, paths } = past()
      writeFileSync(paths.snapshot, left)
      const { code, err } = await run('status')
      expect([code, err]).toEqual([Exit.corrupt, expect.stringContaining(`no engine of instance default is running; ${paths.snapshot}`)])
    },
  )

  test('an engine that does not answer is exit 3', async () => {
    const { run, engine } = commandLine()
    await engine({ status: () => 'hangUp' })
    expect((await run('status')).code).toBe(Exit.notRunning)
  })

  test('hostile text in it is inert', async () => {
    const { engine } = snapshot()
    const { run } = await showing({ engine: { ...engine, reason: 'x\u001b[2J\u202egnp' } })
    const { out } = await run('status')
    expect(out).toContain('x\\x1b[2J\\u{202e}gnp')
    const { out: json } = await run('status --json')
    expect(json).toContain('x\\u001b[2J\\u202egnp')
    expect(JSON.parse(json).engine.reason).toBe('x\u001b[2J\u202egnp')
  })
})

describe('status --check', () => {
  test('a healthy engine is exit 0', async () => {
    const { run } = await showing()
    expect(await run('status --check --json')).toMatchObject({ code: Exit.done })
    expect((await run('status --check --json')).json()).toMatchObject({ healthy: true, reasons: [] })
  })

  test('an unhealthy one is exit 1, with every reason', async () => {
    const { run } = await showing({
      engine: { ...snapshot().engine, state: 'paused', reason: 'news' },
      ledger: { ...snapshot().ledger, state: 'disk full' },
    })
    const { code, err } = await run('status --check')
    expect([code, err]).toEqual([Exit.checkFalse, 'unhealthy: engine is paused: news\nunhealthy: ledger: disk full\n'])
  })

  test('no engine is exit 3, and not healthy', async () => {
    const { run } = past()
    const { code, json } = await run('status --check --json')
    expect([code, json()]).toMatchObject([Exit.notRunning, { healthy: false }])
  })

  const { engine, processes, feed, breakers, ledger, singleton } = snapshot()
  const [first, ...others] = processes
  if (first === undefined) throw new Error('no process')
  test.each([
    { says: 'degraded', changes: { engine: { ...engine, state: 'degraded' as const } } },
    { says: 'a process that is stuck', changes: { processes: [{ ...first, state: 'stuck' as const, reason: 'no progress' }, ...others] } },
    { says: 'a feed that failed', changes: { feed: { ...feed, state: 'failed: gone' } } },
    { says: 'a stale instrument', changes: { feed: { ...feed, instruments: feed.instruments.map((each) => ({ ...each, stale: true })) } } },
    { says: 'an open breaker', changes: { breakers: breakers.map((each) => ({ ...each, state: 'open' as const })) } },
    { says: 'a ledger that is not in order', changes: { ledger: { ...ledger, state: 'behind' } } },
    { says: 'a lock that is not held', changes: { singleton: { ...singleton, held: false } } },
    { says: 'a critical alert', changes: { alerts: [{ id: 1, at: 0, level: 'critical' as const, text: 'disk full', acknowledgedBy: null }] } },
  ])('unhealthy: $says', ({ changes }) => {
    expect(complaints(snapshot(changes))).toHaveLength(1)
  })

  test('a warning alone does no harm', () => {
    expect(complaints(snapshot({ alerts: [{ id: 1, at: 0, level: 'warning', text: 'slow', acknowledgedBy: null }] }))).toEqual([])
  })
})

describe('positions, orders and breakers', () => {
  test('live ones come from the engine', async () => {
    const { run } = await showing()
    expect((await run('positions --json')).json()).toMatchObject({ running: true, equity: '100010.50', positions: [{ symbol: 'BTCUSD' }] })
    expect((await run('orders')).out).toContain('l-9')
    expect((await run('breakers')).out).toMatch(/halt +CLOSED/)
  })

  test('without an engine the last known ones are marked as past', async () => {
    const { run } = past()
    const { code, out, err } = await run('positions')
    expect([code, out, err]).toEqual([
      Exit.notRunning,
      expect.stringContaining('LONG'),
      expect.stringContaining('PAST: as of 2026-01-31T11:59:59.000Z'),
    ])
    expect((await run('orders --json')).json()).toMatchObject({ running: false, asOf: snapshot().asOf, orders: [{ clientOrderId: 'l-9' }] })
  })
})

describe('attach without a terminal', () => {
  test.each(['attach', '', '--no-input'])('%j prints the status and leaves', async (line) => {
    const { run } = await showing()
    const { code, out } = await run(line === '' ? [] : line)
    expect([code, out]).toEqual([Exit.done, expect.stringContaining('RUNNING')])
  })

  test('is exit 3 where no engine runs', async () => {
    expect((await commandLine().run([])).code).toBe(Exit.notRunning)
  })

  test('--start with an engine that runs starts none', async () => {
    const { run } = await showing()
    expect((await run('attach --start')).code).toBe(Exit.done)
  })
})
