import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { OrderView, PositionView } from '../../src/contracts/account.ts'
import { AuditRecord } from '../../src/contracts/audit.ts'
import { BreakerView } from '../../src/contracts/breaker.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Phase } from '../../src/contracts/rules.ts'
import { Signal, SignalState } from '../../src/contracts/signal.ts'
import { PipelineView, Snapshot } from '../../src/contracts/snapshot.ts'
import { CycleLine, ExitEventLine, ShadowTradeLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import { VIEWS, type ViewName } from '../../tui/store/views.ts'
import { bin, type Place, place, root } from './engine.ts'

vi.setConfig({ testTimeout: 60_000 })

const README = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)
/** What the page tells a person to type, in its order, with what it says behind `#`. */
const EXAMPLES = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line.startsWith('bin/aegis-console.js ')))

const HOUR_MS = 3_600_000
const START = Date.UTC(2017, 11, 28)
/** The example asks for a signal of the morning of 2018-01-01: prices fall for four days and rise from then, which makes one. */
const candles = (): string => {
  const lines = ['t,open,high,low,close,volume']
  const priceAt = (at: number): number => {
    const hours = (at - START) / HOUR_MS
    return 15_000 - 20 * Math.min(hours, 90) + 30 * Math.max(0, hours - 90)
  }
  for (let at = START; at < START + 120 * HOUR_MS; at += 60_000) {
    const [open, close] = [priceAt(at), priceAt(at + 60_000)].map((price) => Math.round(price * 100) / 100)
    if (open === undefined || close === undefined) continue
    lines.push(`${at},${open},${(Math.max(open, close) + 2).toFixed(2)},${(Math.min(open, close) - 2).toFixed(2)},${close},1.5`)
  }
  return `${lines.join('\n')}\n`
}

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }
const inShell = (at: Place, line: string): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...at.env, PATH: `${dirname(process.execPath)}:${at.env.PATH}` }
    const child = execFile('sh', ['-c', line], { cwd: at.folder, env, maxBuffer: 64 << 20 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end()
  })

const strict = z.strictObject
const asOf = { running: z.literal(true), asOf: z.number() }

const PERIOD = { generated_at: z.iso.datetime(), period_hours: z.number(), from: z.iso.datetime(), to: z.iso.datetime() }
const counts = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, z.int()]))
const Shares = strict({ ...counts('trades', 'profitable', 'losing'), win_rate: z.number().nullable(), total_pnl: z.string() })
const Shadow = strict({
  ...PERIOD,
  ...counts('total_trades', 'never_filled', 'not_opened', 'profitable', 'losing'),
  win_rate: z.number().nullable(),
  total_pnl: z.string(),
  by_decision: strict({ APPROVED: Shares, BLOCKED: Shares }),
  against_real: strict({
    n: z.int(),
    real: z.string(),
    shadow: z.string(),
    difference_per_trade: z.number().nullable(),
    interval: z.unknown(),
  }),
  warnings: z.array(z.string()),
})

/** The twin of each view, and the names in what it prints. */
const TWINS: readonly { readonly line: string; readonly views: readonly ViewName[]; readonly list?: true; readonly schema: z.ZodType }[] = [
  { line: 'status', views: ['overview'], schema: Snapshot.extend({ running: z.literal(true) }) },
  { line: 'status --check', views: [], schema: Snapshot.extend({ running: z.literal(true), healthy: z.boolean(), reasons: z.array(z.string()) }) },
  { line: 'cycles', views: ['overview'], list: true, schema: CycleLine },
  {
    line: 'signals',
    views: ['signals'],
    list: true,
    schema: strict({ id: z.string(), state: SignalState, stateReason: z.string(), signal: Signal }),
  },
  {
    line: 'signals --pipeline',
    views: ['overview'],
    schema: strict({ ...asOf, ...Snapshot.shape.signals.shape, pipeline: PipelineView }),
  },
  {
    line: 'why BTCUSD_15148',
    views: ['signals'],
    schema: strict({
      signal: z.string(),
      decision: SignalDecisionLine,
      states: z.array(SignalBusLine).min(2),
      trades: z.array(TradeLine),
      exits: z.array(ExitEventLine),
      shadow: ShadowTradeLine.nullable(),
      result: z.string().nullable(),
    }),
  },
  { line: 'breakers', views: ['breakers'], schema: strict({ ...asOf, breakers: z.array(BreakerView).min(1) }) },
  {
    line: 'phase',
    views: ['breakers'],
    schema: strict({ ...asOf, phase: (Snapshot.shape.risk.unwrap() as unknown as { shape: { phase: z.ZodType<{ now: Phase }> } }).shape.phase }),
  },
  { line: 'positions', views: ['positions'], schema: strict({ ...asOf, equity: z.string(), positions: z.array(PositionView) }) },
  { line: 'orders', views: ['positions'], schema: strict({ ...asOf, orders: z.array(OrderView) }) },
  {
    line: 'fleet',
    views: ['fleet'],
    schema: strict({
      home: z.string(),
      problem: z.null(),
      engines: z.array(
        strict({
          instance: z.literal('default'),
          answers: z.literal(true),
          role: z.literal('operator'),
          reason: z.null(),
          mode: z.literal('simulate'),
          state: z.string(),
          desired: z.string(),
          pid: z.int().positive(),
          cycle: z.int(),
          breakers: z.array(z.string()),
          positions: z.int(),
          equity: z.string(),
          asOf: z.int(),
        }),
      ),
    }),
  },
  {
    line: 'charts',
    views: ['charts'],
    schema: strict({
      ...asOf,
      charts: z.array(
        z.discriminatedUnion('kind', [
          strict({
            kind: z.literal('line'),
            clock: z.enum(['feed', 'wall']),
            name: z.string(),
            unit: z.string(),
            tone: z.string(),
            base: z.number().nullable(),
            points: z.array(strict({ at: z.number(), value: z.number() })),
            earlier: z.int(),
            marks: z.array(strict({ at: z.number(), value: z.number(), kind: z.enum(['entry', 'exit', 'blocked']) })),
            empty: z.string(),
          }),
          strict({
            kind: z.literal('bars'),
            name: z.string(),
            unit: z.string(),
            of: z.array(strict({ name: z.string(), tone: z.string() })),
            bars: z.array(strict({ label: z.string(), values: z.array(z.number()) })),
            empty: z.string(),
          }),
          strict({
            kind: z.literal('share'),
            name: z.string(),
            unit: z.string(),
            parts: z.array(strict({ label: z.string(), value: z.number(), tone: z.string() })),
            empty: z.string(),
          }),
        ]),
      ),
    }),
  },
  { line: 'trades', views: ['positions'], list: true, schema: TradeLine },
  { line: 'audit', views: ['audit'], list: true, schema: AuditRecord },
  {
    line: 'audit verify',
    views: ['audit'],
    schema: strict({
      trail: z.string(),
      ok: z.literal(true),
      records: z.int().positive(),
      last: strict({ sequence: z.int(), hash: z.string() }),
      heads: z.int().positive(),
      signedFrom: z.literal(1),
      fault: z.null(),
      doesNotProve: z.array(z.string()),
    }),
  },
  { line: 'logs', views: ['logs'], list: true, schema: z.looseObject({ level: z.int(), time: z.number(), pid: z.int(), msg: z.string() }) },
  { line: 'guards', views: ['breakers'], schema: strict({ ...PERIOD, guards: z.array(z.unknown()) }) },
  { line: 'shadow', views: ['signals'], schema: Shadow },
  {
    line: 'report',
    views: ['charts'],
    schema: strict({
      ...PERIOD,
      blocked_opportunity_cost: strict({
        ...counts('total_blocked', 'decisions_blocked', 'profitable_blocked', 'losing_blocked'),
        missed_profit: z.string(),
        avoided_loss: z.string(),
        net_opportunity_cost: z.string(),
        by_blocker: z.record(z.string(), strict({ count: z.int(), missed_profit: z.string(), avoided_loss: z.string() })),
      }),
      signal_decay: strict({
        total_signals: z.int(),
        avg_decay_seconds: z.number(),
        median_decay_seconds: z.number(),
        min_decay_seconds: z.number(),
        max_decay_seconds: z.number(),
      }),
      strategy_leaderboard: strict({ real: z.array(z.unknown()), shadow: z.array(z.unknown()) }),
      guard_effectiveness: z.array(z.unknown()),
      shadow_performance: Shadow,
      warnings: strict({ real: z.array(z.string()), shadow: z.array(z.string()) }),
    }),
  },
  { line: 'proposals', views: [], schema: strict({ generated_at: z.string(), proposals: z.array(z.unknown()) }) },
  {
    line: 'doctor',
    views: [],
    schema: strict({
      instance: z.string(),
      findings: z.array(strict({ probe: z.string(), verdict: z.enum(['PASS', 'WARN', 'FAIL']), says: z.string(), remedy: z.string().nullable() })),
    }),
  },
  { line: 'config show', views: [], schema: Config },
]
const printed = new Map<string, Ran>()

test('every command of the README runs as it stands there, in the order of the page', async () => {
  const at = place()
  writeFileSync(join(at.folder, 'BTCUSD_1m.csv.gz'), gzipSync(candles()))
  symlinkSync(dirname(bin), join(at.folder, 'bin'))
  expect(EXAMPLES.length).toBeGreaterThan(10)
  for (const line of EXAMPLES) {
    const ran = await inShell(at, line)
    expect([line, ran.code, ran.stderr]).toEqual([line, 0, expect.not.stringMatching(/^\s+at /m)])
    expect(ran.stdout, line).not.toBe('')
    if (line.includes(' start '))
      await at.until('at the end', ({ feed }) => feed.state.startsWith('ended') && feed.consumed === feed.bars && feed.decided === feed.bars)
  }
  for (const { line } of TWINS) printed.set(line, await inShell(at, `bin/aegis-console.js ${line} --json`))
  expect((await inShell(at, 'bin/aegis-console.js stop')).code).toBe(0)
})

test('every view has a twin', () => {
  for (const view of VIEWS)
    expect(
      TWINS.filter(({ views }) => views.includes(view)).map(({ line }) => line),
      view,
    ).not.toEqual([])
})

test.each(TWINS)('$line --json has these names and no other', ({ line, list, schema }) => {
  const ran = printed.get(line)
  if (ran === undefined) throw new Error('the commands of the README were not run')
  const documents: unknown[] = list
    ? ran.stdout
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each))
    : [JSON.parse(ran.stdout)]
  for (const document of documents) expect(schema.safeParse(document).error?.issues ?? []).toEqual([])
})

test('the strategy of the README is loaded as it stands there', async () => {
  const at = place()
  const [source = ''] = blocks('ts')
  const settings = blocks('jsonc').find((block) => block.includes('/config.json')) ?? ''
  mkdirSync(join(at.paths.root, 'strategies'))
  writeFileSync(join(at.paths.root, 'strategies', 'above-average.ts'), source)
  writeFileSync(at.paths.config, settings)
  const ran = await inShell(at, `'${bin}' start`)
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  const { strategies } = await at.until('loaded', (snapshot) => snapshot.strategies.length > 0)
  expect(strategies).toMatchObject([{ id: 'above-average', timeframe: '15m', state: expect.stringMatching(/^(?:warming|ready)$/), reason: '' }])
  expect((await inShell(at, `'${bin}' stop --now`)).code).toBe(0)
})
