import { generateKeyPairSync, sign } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { auditLine, CHAIN_START, type ChainEnd, chainedRecord, headText } from '../../src/audit-chain.ts'
import type { AuditRecord } from '../../src/contracts/audit.ts'
import { Exit } from '../../src/exit.ts'
import { inert } from '../../src/text.ts'
import { type CommandLine, commandLine, NOW } from '../helpers/command-line.ts'
import { cycleFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'

const HOSTILE = '\u001b]0;owned\u0007\u202e'
const iso = (minute: number): string => `2026-01-31T11:${String(minute).padStart(2, '0')}:00.000Z`
const idOf = (minute: number, symbol = 'BTCUSD'): string => `${symbol}_${Date.parse(iso(minute))}_0123abc${minute % 10}`

const generated = (minute: number, symbol = 'BTCUSD', strategy = 'sma-cross') => ({
  sequence: minute * 10,
  mode: 'simulate',
  event_type: 'signal_generated',
  event_id: 'e',
  signal_id: idOf(minute, symbol),
  ts: 0,
  timestamp: iso(minute),
  source: strategy,
  signal: {
    id: idOf(minute, symbol),
    symbol,
    side: 'long',
    strategy,
    barSequence: minute,
    at: Date.parse(iso(minute)),
    price: 30_000 + minute,
    stop: 29_000,
    target: null,
    confidence: 0.7,
    reason: `crossed ${HOSTILE}`,
    values: { fast: 2, slow: 1 },
  },
  state: 'generated',
})

const moved = (minute: number, from: string, to: string, reason: string, symbol = 'BTCUSD') => ({
  sequence: minute * 10 + 1,
  mode: 'simulate',
  event_type: 'state_change',
  event_id: 'e',
  signal_id: idOf(minute, symbol),
  old_state: from,
  new_state: to,
  ts: 0,
  timestamp: iso(minute),
  reason,
  metadata: {},
})

const trade = (minute: number, order: string, changes: object = {}) => ({
  timestamp: iso(minute),
  symbol: 'BTCUSD',
  action: 'BUY',
  quantity: '0.1',
  price: '30000',
  order_id: order,
  parent_order_id: null,
  execution_mode: 'PAPER_SIM',
  strategy_name: 'sma-cross',
  commission: '1.00',
  net_profit_loss: null,
  outcome: 'open',
  decision_reasoning: 'crossed',
  exit_reasoning: null,
  ...changes,
})

const guard = (name: string, changes: object = {}) => ({
  guard: name,
  verdict: 'pass',
  class: 'failClosed',
  value: 1,
  limit: 5,
  unit: 'positions',
  reason: 'one of five',
  blocks: false,
  ...changes,
})

/** Three signals: executed, blocked by two guards, and one that nobody looked at yet. */
const withSignals = () => {
  const line = commandLine()
  const { paths, write } = line
  write(join(paths.streams, 'signal_bus.jsonl'), [
    generated(1),
    moved(1, 'generated', 'evaluating', 'guards'),
    moved(1, 'evaluating', 'approved', 'all 2 guards pass'),
    moved(1, 'approved', 'executing', 'order led-11'),
    generated(2, 'ETHUSD', 'breakout'),
    moved(2, 'generated', 'evaluating', 'guards', 'ETHUSD'),
    moved(2, 'evaluating', 'blocked', 'positionCount, buyingPower', 'ETHUSD'),
    moved(1, 'executing', 'executed', 'filled'),
    generated(3),
  ])
  write(join(paths.streams, 'signal_decisions.jsonl'), [
    {
      event_type: 'signal_decision',
      signal_id: idOf(1),
      decision: 'APPROVED',
      blocker_component: null,
      blocker_reason: null,
      blockers: [],
      guards: [guard('mode'), guard('positionCount')],
      signal_metadata: generated(1).signal,
      timestamp: iso(1),
    },
    {
      event_type: 'signal_decision',
      signal_id: idOf(2, 'ETHUSD'),
      decision: 'BLOCKED',
      blocker_component: 'positionCount',
      blocker_reason: 'five of five',
      blockers: ['positionCount', 'buyingPower'],
      guards: [
        guard('mode'),
        guard('positionCount', { verdict: 'block', value: 5, reason: 'five of five', blocks: true }),
        guard('buyingPower', { verdict: 'error', value: null, limit: null, unit: 'USD', reason: `unknown ${HOSTILE}`, blocks: true }),
      ],
      signal_metadata: generated(2, 'ETHUSD', 'breakout').signal,
      timestamp: iso(2),
    },
  ])
  write(join(paths.trades, '2026-01-30.jsonl'), [trade(0, 'led-3', { symbol: 'ETHUSD' })])
  write(join(paths.trades, '2026-01-31.jsonl'), [
    trade(1, 'led-11'),
    trade(4, 'led-11', { action: 'SELL', parent_order_id: 'led-20', outcome: 'win', net_profit_loss: '12.30', exit_reasoning: 'target' }),
    trade(5, 'led-30'),
  ])
  return line
}

const ids = (lines: unknown[]): string[] => lines.map((line) => (line as { id: string }).id)

describe('signals', () => {
  test('each has its present state, newest last', async () => {
    const { lines } = await withSignals().run('signals --json')
    expect(lines()).toMatchObject([
      { id: idOf(1), state: 'executed', stateReason: 'filled', signal: { price: 30_001 } },
      { id: idOf(2, 'ETHUSD'), state: 'blocked' },
      { id: idOf(3), state: 'generated' },
    ])
  })

  test.each([
    { flags: '--state blocked', found: [idOf(2, 'ETHUSD')] },
    { flags: '--state executed', found: [idOf(1)] },
    { flags: '--symbol BTCUSD', found: [idOf(1), idOf(3)] },
    { flags: '--symbol BTCUSD -n 1', found: [idOf(3)] },
    { flags: '--strategy breakout', found: [idOf(2, 'ETHUSD')] },
    { flags: `--since ${iso(2)}`, found: [idOf(2, 'ETHUSD'), idOf(3)] },
    { flags: '--since 58m', found: [idOf(2, 'ETHUSD'), idOf(3)] },
  ])('$flags', async ({ flags, found }) => {
    expect(ids((await withSignals().run(`signals --json ${flags}`)).lines())).toEqual(found)
  })

  test('an age is counted from the feed’s clock: that of a replay is its data’s', async () => {
    const line = withSignals()
    expect((await line.run('signals --json --since 1s')).out).toBe('')
    line.write(line.paths.snapshot, [{ ...snapshotFixture(), asOf: NOW, cycle: cycleFixture(1, { feedAt: NOW - 40 * 86_400_000 }) }])
    expect((await line.run('signals --json --since 1s')).lines()).toHaveLength(3)
    expect((await line.run('trades --json --since 1s')).lines()).toHaveLength(4)
  })

  test('as a table, and nothing in it a terminal would obey', async () => {
    const { out } = await withSignals().run('signals')
    expect(out.split('\n')[0]).toMatch(/^SIGNAL +AT +SIDE +PRICE +STATE/)
    expect(out).not.toContain('\u001b')
  })

  test.each(['--state executing', '--symbol LTCUSD', '--strategy other', '--since 1s'])(
    'none that is asked for with %s is not none at all',
    async (flags) => {
      expect(await withSignals().run(`signals ${flags}`)).toMatchObject({ code: Exit.done, out: '', err: 'no recorded signal is like that now\n' })
    },
  )

  test('none is no failure', async () => {
    expect(await commandLine().run('signals')).toMatchObject({ code: Exit.done, out: '', err: 'no signals recorded\n' })
  })

  test('a line that is not ours is left out and told', async () => {
    const line = withSignals()
    appendFileSync(join(line.paths.streams, 'signal_bus.jsonl'), 'garbage\n[1]\n')
    const { lines, err } = await line.run('signals --json')
    expect(lines()).toHaveLength(3)
    expect(err).toContain('2 lines are not JSON objects')
  })
})

describe('why', () => {
  test('a blocked signal shows every guard in order, with value, limit, unit and class', async () => {
    const { code, out } = await withSignals().run(`why ${idOf(2, 'ETHUSD')}`)
    expect(code).toBe(Exit.done)
    expect(out).toContain('decision  BLOCKED')
    expect(out).toContain('blocker   positionCount: five of five')
    const trace = out.split('\n').filter((line) => /^ *\d {2}/.test(line))
    expect(trace.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['1', 'mode', 'PASS', '1', '5', 'positions', 'failClosed', 'one of five'],
      ['2', 'positionCount', 'BLOCK x', '5', '5', 'positions', 'failClosed', 'five of five'],
      ['3', 'buyingPower', 'ERROR x', '-', '-', 'USD', 'failClosed', expect.stringContaining('unknown \\x1b]0;owned')],
    ])
  })

  test('a signal that became a trade shows its states and every fill of its order, the exit included', async () => {
    const { json } = await withSignals().run(`why ${idOf(1)} --json`)
    expect(json()).toMatchObject({
      signal: idOf(1),
      decision: { decision: 'APPROVED' },
      states: [{ event_type: 'signal_generated' }, {}, {}, {}, { new_state: 'executed' }],
      trades: [{ action: 'BUY' }, { action: 'SELL', outcome: 'win' }],
    })
    expect((await withSignals().run(`why ${idOf(1)}`)).out).toMatch(/SELL .*12\.30 .*target/)
  })

  test('what came of it is the exact sum of its exits after all fees, with what its stop did', async () => {
    const line = withSignals()
    line.write(join(line.paths.exitEvents, '2026-01-31.jsonl'), [
      {
        trade_id: idOf(1),
        event_type: 'STOP_RATCHET',
        ts_utc: iso(3),
        qty: '1',
        price: '30010',
        stop_price: '30000.5',
        stop_basis: 'trailing',
        reason: 'up',
      },
      { trade_id: idOf(3), event_type: 'STOP_RATCHET', ts_utc: iso(3), qty: '1', stop_price: '1' },
    ])
    expect((await line.run(`why ${idOf(1)} --json`)).json()).toMatchObject({ result: '11.300000', exits: [{ stop_price: '30000.5' }] })
    const { out } = await line.run(`why ${idOf(1)}`)
    expect(out).toMatch(/result +11\.300000/)
    expect(out).toMatch(/STOP_RATCHET .*30000\.5 +trailing +up/)
    expect(out.match(/STOP_RATCHET/g)).toHaveLength(1)
  })

  test('a blocked signal shows all of its blockers and what it would have come to', async () => {
    const line = withSignals()
    line.write(join(line.paths.streams, 'shadow_trade_outcomes.jsonl'), [
      { signal_id: idOf(2, 'ETHUSD'), pnl: '-3.200000', pnl_pct: -0.015, entry_price: '2000.00', exit_price: '1970.00', exit_reason: 'stop' },
    ])
    const { out } = await line.run(`why ${idOf(2, 'ETHUSD')}`)
    expect(out).toMatch(/blockers +positionCount, buyingPower/)
    expect(out).toMatch(/shadow +-3\.200000 +-1\.5% +in at 2000\.00, out at 1970\.00: stop/)
  })

  test('a way out asks no guard, and says so', async () => {
    const line = withSignals()
    const id = idOf(9)
    line.write(join(line.paths.streams, 'signal_bus.jsonl'), [{ ...generated(9), signal: { ...generated(9).signal, side: 'flat' } }])
    line.write(join(line.paths.exitEvents, '2026-01-31.jsonl'), [
      { trade_id: id, event_type: 'EXIT_FILLED', ts_utc: iso(9), qty: '0.5', price: '30020', reason: 'signal' },
    ])
    const { out } = await line.run(`why ${id}`)
    expect(out).toMatch(/decision +a way out: exits ask no guard/)
    expect(out).toMatch(/EXIT_FILLED +0\.5 +30020/)
  })

  test('a beginning that fits one signal is enough', async () => {
    expect((await withSignals().run('why ETH --json')).json()).toMatchObject({ signal: idOf(2, 'ETHUSD') })
  })

  test('a beginning that fits several is exit 64 and names them', async () => {
    const { code, err } = await withSignals().run('why BTCUSD')
    expect([code, err]).toEqual([Exit.usage, expect.stringContaining(`fits 2 signals: ${idOf(1)}, ${idOf(3)}`)])
  })

  test('an unknown one is exit 1', async () => {
    expect((await withSignals().run('why SOLUSD_1')).code).toBe(Exit.checkFalse)
  })

  test('one that nobody decided on yet is known all the same', async () => {
    expect((await withSignals().run(`why ${idOf(3)}`)).out).toContain('decision  none recorded')
  })
})

describe('trades', () => {
  test('are read over the days, newest last', async () => {
    const { lines } = await withSignals().run('trades --json -n 3')
    expect(lines()).toMatchObject([{ order_id: 'led-11' }, { order_id: 'led-11', action: 'SELL' }, { order_id: 'led-30' }])
    expect((await withSignals().run('trades --json')).lines()).toHaveLength(4)
  })

  test('can be those of one symbol', async () => {
    expect((await withSignals().run('trades --json --symbol ETHUSD')).lines()).toMatchObject([{ order_id: 'led-3' }])
  })
})

describe('a source that is not there', () => {
  const LISTS = [
    { line: 'signals', of: (paths: CommandLine['paths']) => join(paths.streams, 'signal_bus.jsonl') },
    { line: 'cycles', of: (paths: CommandLine['paths']) => join(paths.streams, 'cycles.jsonl') },
    { line: 'why BTCUSD_1', of: (paths: CommandLine['paths']) => join(paths.streams, 'signal_bus.jsonl') },
    { line: 'trades', of: (paths: CommandLine['paths']) => paths.trades },
    { line: 'audit', of: (paths: CommandLine['paths']) => paths.audit },
    { line: 'logs', of: (paths: CommandLine['paths']) => paths.logs },
  ]

  test.each(LISTS)('$line: lost by an instance that has run, it is named, with its folder where that is gone too: exit 3', async ({ line, of }) => {
    const { run, paths, write } = commandLine()
    write(paths.ledger, [])
    const path = of(paths)
    const folder = dirname(path)
    const first = await run(line)
    expect([first.code, first.err]).toEqual([Exit.notRunning, expect.stringContaining(`source missing: ${existsSync(folder) ? path : folder}\n`)])
    mkdirSync(folder, { recursive: true })
    const second = await run(`${line} --json`)
    expect([second.code, second.json()]).toMatchObject([
      Exit.notRunning,
      { error: { message: `source missing: ${path}`, remedy: expect.any(String) } },
    ])
  })

  test.each(LISTS.filter(({ line }) => !line.startsWith('why')))('$line: not made yet, it is nothing to complain about', async ({ line }) => {
    const { code, err } = await commandLine().run(line)
    expect([code, err]).toEqual([Exit.done, expect.stringMatching(/^no .* recorded|is empty|no log lines/)])
  })

  test.each(['signals', 'cycles', 'trades'])('%s: an engine that only just begins has a trail and no streams yet', async (line) => {
    const { run, paths, write } = commandLine()
    write(paths.auditHeads, [])
    expect((await run(line)).code).toBe(Exit.done)
  })
})

describe('cycles and audit', () => {
  test('cycles are the last ones, newest last', async () => {
    const { run, write, paths } = commandLine()
    write(
      join(paths.streams, 'cycles.jsonl'),
      [1, 2, 3].map((number) => ({ number, trigger: 'bar', at: number, durationMs: 1.234, bars: { from: 1, to: 2 }, result: 'ok' })),
    )
    expect((await run('cycles -n 2 --json')).lines()).toMatchObject([{ number: 2 }, { number: 3 }])
    expect((await run('cycles')).out).toContain('1.23')
  })

  test('the trail shows who did what and why, and a hostile reason is inert', async () => {
    const { run, write, paths } = commandLine()
    const actor = { kind: 'operator', uid: 1000, name: 'ada', tty: '/dev/pts/3', ssh: '10.0.0.9' }
    write(paths.audit, [{ sequence: 1, time: iso(1), event: 'COMMAND', actor, reason: HOSTILE, cause: 'c-1', detail: { command: 'pause' } }])
    const { out } = await run('audit')
    expect(out).toContain('ada /dev/pts/3 10.0.0.9')
    expect(out).toContain('command=pause')
    expect(out).toContain('\\x1b]0;owned\\x07\\u{202e}')
  })

  const chained = (path: string, heads: string, publicKey: string, second: Partial<AuditRecord> = {}) => {
    const { publicKey: key, privateKey } = generateKeyPairSync('ed25519')
    const actor = { kind: 'operator' as const, uid: 1000, name: 'ada', tty: null, ssh: null }
    const records: AuditRecord[] = []
    let end: ChainEnd = CHAIN_START
    for (let index = 0; index < 3; index += 1) {
      const record = chainedRecord(end, {
        time: iso(index),
        event: 'COMMAND',
        actor,
        reason: 'news',
        cause: null,
        detail: {},
        ...(index === 1 ? second : {}),
      })
      records.push(record)
      end = { sequence: record.sequence, hash: record.hash }
    }
    const head = { sequence: end.sequence, hash: end.hash, at: 0 }
    const signature = sign(null, Buffer.from(headText(head)), privateKey).toString('base64')
    mkdirSync(dirname(heads), { recursive: true })
    writeFileSync(path, records.map((record) => `${auditLine(record)}\n`).join(''))
    writeFileSync(heads, `${JSON.stringify({ ...head, signature })}\n`)
    writeFileSync(publicKey, key.export({ type: 'spki', format: 'pem' }))
  }

  test('verify is exit 0 for a whole trail, and says what that does not prove', async () => {
    const { run, paths } = commandLine()
    chained(paths.audit, paths.auditHeads, paths.auditPublicKey)
    const { code, out } = await run('audit verify')
    expect([code, out]).toEqual([Exit.done, expect.stringMatching(/^INTACT {2}3 records, 1 signed heads.*\ndoes not prove /)])
  })

  test('verify is exit 1 for one that was changed, and names the line', async () => {
    const { run, paths } = commandLine()
    chained(paths.audit, paths.auditHeads, paths.auditPublicKey)
    const [first = '', second = '', third = ''] = readFileSync(paths.audit, 'utf8').split('\n')
    writeFileSync(paths.audit, `${[first, second.replace('news', 'none'), third].join('\n')}\n`)
    const { code, out, err } = await run('audit verify --json')
    expect([code, err]).toEqual([Exit.checkFalse, expect.stringContaining(`${paths.audit}:2: `)])
    expect(JSON.parse(out)).toMatchObject({ ok: false, records: 1, fault: { kind: 'hash', line: 2 } })
  })

  test('verify is exit 1 for one whose heads began anew, and says from where on it is signed', async () => {
    const { run, paths } = commandLine()
    chained(paths.audit, paths.auditHeads, paths.auditPublicKey, { event: 'TRAIL_REPAIRED', detail: { records: 1 } })
    const { code, out, err } = await run('audit verify')
    expect([code, out]).toEqual([Exit.checkFalse, expect.stringMatching(/^SIGNED ONLY FROM RECORD 2 {2}3 records/)])
    expect(err).toContain('record 1 is only chained, not signed')
    expect(JSON.parse((await run('audit verify --json')).out)).toMatchObject({ ok: false, signedFrom: 2, fault: { kind: 'unsigned', line: 2 } })
  })

  test('a trail that is not there is exit 1', async () => {
    expect((await commandLine().run('audit verify')).code).toBe(Exit.checkFalse)
  })

  test.each(['-n 0', '-n x', '-n 1000001'])('%s is exit 64', async (count) => {
    expect((await commandLine().run(`cycles ${count}`)).code).toBe(Exit.usage)
  })

  test('a time that is none is exit 64', async () => {
    expect((await commandLine().run('signals --since yesterday')).code).toBe(Exit.usage)
  })
})

describe('logs', () => {
  const record = (minute: number, level: number, msg: string) => ({ level, time: Date.parse(iso(minute)), pid: 1, msg })

  const withLogs = () => {
    const line = commandLine()
    const { paths, write } = line
    write(join(paths.logs, 'feed.jsonl'), [record(1, 30, 'connected'), record(3, 40, 'gap')])
    write(join(paths.logs, 'brain.jsonl'), [record(2, 30, 'warmed up'), record(4, 50, `failed ${HOSTILE}\nforged`)])
    return line
  }

  test('those of all processes are in the order of their time, one line each, inert', async () => {
    const { out } = await withLogs().run('logs')
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      `${iso(1)} INFO feed connected`,
      `${iso(2)} INFO brain warmed up`,
      `${iso(3)} WARN feed gap`,
      expect.stringMatching(/^2026-01-31T11:04:00.000Z ERROR brain failed .*owned.* forged$/),
    ])
    expect(out).toBe(out.split('\n').map(inert).join('\n'))
  })

  test.each([
    { flags: '--level warn', count: 2 },
    { flags: '--process brain', count: 2 },
    { flags: '--filter warmed', count: 1 },
    { flags: '--filter WARMED', count: 0 },
    { flags: '--filter !connected', count: 3 },
    { flags: '--filter level>=warn', count: 2 },
    { flags: '--filter process:brain', count: 2 },
    { flags: '--filter /con{1}ected|gap/', count: 1 },
    { flags: '-n 3', count: 3 },
    { flags: '--level error --process feed', count: 0 },
  ])('$flags shows $count', async ({ flags, count }) => {
    const { out } = await withLogs().run(`logs ${flags}`)
    expect(out.split('\n').length - 1).toBe(count)
  })

  test.each(['/(/', 'level>=loud', 'since:yesterday'])('--filter %s is exit 64 and says why', async (filter) => {
    const { code, err } = await withLogs().run(`logs --filter ${filter}`)
    expect([code, err]).toEqual([Exit.usage, expect.stringContaining('--filter')])
  })

  test('with --json they are as they were written', async () => {
    const { lines } = await withLogs().run('logs --json --process feed')
    expect(lines()).toEqual([record(1, 30, 'connected'), record(3, 40, 'gap')])
  })

  test('rotated files are read where the one in use has too little', async () => {
    const { run, write, paths } = withLogs()
    const path = join(paths.logs, 'feed.jsonl')
    renameSync(path, `${path}.1`)
    utimesSync(`${path}.1`, 1, 1)
    write(path, [record(5, 30, 'again')])
    expect((await run('logs --json --process feed -n 2')).lines()).toEqual([record(3, 40, 'gap'), record(5, 30, 'again')])
  })

  test('--follow shows the last ones and then what comes, until the person ends it', async () => {
    const { run, paths } = withLogs()
    const end = new AbortController()
    const shown: string[] = []
    const { promise: began, resolve: begin } = Promise.withResolvers<void>()
    const { promise: came, resolve: come } = Promise.withResolvers<void>()
    const running = run('logs --follow -n 1 --level warn', {
      ended: () => end.signal,
      out: (text) => {
        shown.push(text)
        if (text.includes('failed')) begin()
        if (text.includes('later')) come()
      },
    })
    await began
    appendFileSync(join(paths.logs, 'feed.jsonl'), `${JSON.stringify(record(6, 30, 'quiet'))}\n${JSON.stringify(record(7, 40, 'later'))}\n`)
    await came
    end.abort()
    expect((await running).code).toBe(Exit.done)
    expect(shown.map((text) => text.split(/\s+/).slice(1, 4).join(' '))).toEqual(['ERROR brain failed', 'WARN feed later'])
  })
})
