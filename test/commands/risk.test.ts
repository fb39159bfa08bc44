import { describe, expect, test } from 'vitest'
import type { PipelineView, RiskView, Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import { complaints } from '../../tui/commands/health.ts'
import { commandLine, NOW } from '../helpers/command-line.ts'
import { snapshot } from '../helpers/snapshot.ts'

const risk: RiskView = {
  day: { day: '2026-01-31', endsAt: NOW + 3_600_000, equity: '100000.00', profit: '-1500.00', best: '20.00', orders: 4, entries: 2 },
  peak: '101000.00',
  drawdown: 0.025,
  losses: 3,
  wins: 0,
  emotional: { active: true, since: NOW, reason: '3 losses in a row', factor: 0.25, wins: 0, winsNeeded: 3 },
  profitLock: { locked: false, target: '0', giveBack: 0.5 },
  phase: {
    now: 'experience',
    since: null,
    next: 'proof',
    gatePassed: false,
    failures: ['sessions 3, at least 20 is needed'],
    metrics: { sessions: 3, winRate: null },
  },
  degradation: { level: 'cached', since: NOW, reason: 'staleFeed: no news', factor: 0.5 },
  killSwitches: [{ origin: 'file', at: NOW, reason: 'the file is there \u001b[2J' }],
}

const pipeline: PipelineView = {
  status: 'WARNING',
  reason: '1 signal is stuck',
  bySource: [{ source: 'sma-cross', signals: 9, approved: 4, blocked: 5, executed: 3, expired: 1, lastAt: NOW }],
  perHour: 6,
  perMinute: 0.1,
  lastMinute: 1,
  decay: { count: 3, min: 60, median: 61, p90: 120, max: 120 },
  stuckCount: 1,
  stuck: [{ signalId: 'BTCUSD_1_0000000a', symbol: 'BTCUSD', strategy: 'sma-cross', state: 'executing', since: NOW - 7_300_000, ageMs: 7_300_000 }],
}

const showing = async (changes: Partial<Snapshot>) => {
  const line = commandLine()
  await line.engine({ status: () => ({ result: snapshot(changes) }) })
  return line
}

describe('status', () => {
  test('tells risk, day, phase, what makes entries smaller, and every kill switch with where it was thrown', async () => {
    const { out } = await (await showing({ risk })).run('status')
    expect(out).toMatch(/risk +peak 101000\.00 +drawdown 2\.5% +3 losses and 0 wins in a row/)
    expect(out).toMatch(/day +2026-01-31 +profit -1500\.00/)
    expect(out).toMatch(/phase +experience +next proof: sessions 3, at least 20 is needed/)
    expect(out).toMatch(/emotional +sizes x 0\.25: 3 losses in a row/)
    expect(out).toMatch(/degraded +cached: staleFeed/)
    expect(out).toMatch(/KILL SWITCH +file +since 2026-01-31T12:00:00\.000Z/)
    expect(out).not.toContain('\u001b')
  })

  test('says nothing of risk while nobody has said anything', async () => {
    expect((await (await showing({ risk: null })).run('status')).out).not.toMatch(/^risk/m)
  })

  test('an alert that somebody has seen is no longer shown, nor a reason to be unhealthy', async () => {
    const alert = { id: 7, at: 0, level: 'critical' as const, text: 'disk full', acknowledgedBy: null }
    expect((await (await showing({ alerts: [alert] })).run('status')).out).toMatch(/CRITICAL .*#7 disk full/)
    expect((await (await showing({ alerts: [{ ...alert, acknowledgedBy: 'ada' }] })).run('status')).out).not.toContain('disk full')
    expect(complaints(snapshot({ alerts: [alert] }))).toHaveLength(1)
    expect(complaints(snapshot({ alerts: [{ ...alert, acknowledgedBy: 'ada' }] }))).toEqual([])
  })

  test('a kill switch is a reason to be unhealthy, named once although the board has it too', () => {
    const [reason = '', ...others] = complaints(snapshot({ risk }))
    expect([reason, others]).toEqual([expect.stringMatching(/^the kill switch is on \(file\): /), []])
    const alert = { at: 0, level: 'critical' as const, acknowledgedBy: null }
    const alerts = [reason, 'disk full', reason].map((text, index) => ({ ...alert, id: index + 1, text }))
    expect(complaints(snapshot({ risk, alerts }))).toEqual([reason, 'disk full'])
  })
})

describe('phase', () => {
  test('shows where it is and what the gate lacks', async () => {
    const { code, out } = await (await showing({ risk })).run('phase')
    expect(code).toBe(Exit.done)
    expect(out).toMatch(/phase +experience/)
    expect(out).toMatch(/winRate +-/)
    expect(out).toMatch(/lacks +sessions 3, at least 20 is needed/)
  })

  test('as a document', async () => {
    expect((await (await showing({ risk })).run('phase show --json')).json()).toMatchObject({
      running: true,
      phase: { now: 'experience', gatePassed: false },
    })
  })

  test('to set one needs its name', async () => {
    expect((await commandLine().run('phase set --reason y')).code).toBe(Exit.usage)
    expect((await commandLine().run('phase set nonsense --reason y')).code).toBe(Exit.usage)
  })

  test('without an engine it is exit 3', async () => {
    expect((await commandLine().run('phase')).code).toBe(Exit.notRunning)
  })
})

describe('signals --pipeline', () => {
  const signals = { total: 9, byState: { executing: 1, blocked: 5 }, lastAt: NOW, pipeline }

  test('shows status with its reason, states, sources, throughput, decay and what is stuck', async () => {
    const { code, out } = await (await showing({ signals })).run('signals --pipeline')
    expect(code).toBe(Exit.done)
    expect(out).toMatch(/pipeline +WARNING +1 signal is stuck/)
    expect(out).toMatch(/blocked +5/)
    expect(out).toMatch(/throughput +6 in the last hour, 0\.1 a minute, 1 in the last minute/)
    expect(out).toMatch(/decay +min 60s +median 61s +p90 120s +max 120s +of 3/)
    expect(out).toMatch(/sma-cross +9 +4 +5 +3 +1/)
    expect(out).toMatch(/BTCUSD_1_0000000a +executing .*2h01m/)
  })

  test('as a document', async () => {
    expect((await (await showing({ signals })).run('signals --pipeline --json')).json()).toMatchObject({
      running: true,
      total: 9,
      pipeline: { status: 'WARNING' },
    })
  })

  test('before the orchestrator has said anything it says so', async () => {
    const { out, err } = await (await showing({ signals: { ...signals, pipeline: null } })).run('signals --pipeline')
    expect([out, err]).toEqual(['', 'the orchestrator has not said yet\n'])
  })
})

test.each([
  { line: 'ack x --reason y', says: 'expected the number of an alert' },
  { line: 'ack 0 --reason y', says: 'expected the number of an alert' },
])('$line is a usage error', async ({ line, says }) => {
  const { code, err } = await commandLine().run(line)
  expect([code, err]).toEqual([Exit.usage, expect.stringContaining(says)])
})
