import type { Actor } from '../../src/contracts/audit.ts'
import type { CommandRequest } from '../../src/contracts/command.ts'
import { Snapshot } from '../../src/contracts/snapshot.ts'

export const AT = 1_700_000_000_000

export const person: Actor = { kind: 'operator', uid: 4_242, name: 'ada', tty: '/dev/pts/7', ssh: null }

export const pause = (id = 'command-0001'): CommandRequest => ({
  id,
  actor: person,
  reason: 'lunch',
  expiresAt: AT + 60_000,
  command: { kind: 'pause' },
})

export const sample: Snapshot = Snapshot.parse({
  instance: 'default',
  mode: 'simulate',
  modeOrigin: 'default',
  engine: { state: 'running', desired: 'running', reason: '', pid: 17, startedAt: AT, version: '0.1.0', configHash: 'c0ffee' },
  processes: [],
  singleton: { held: true, venue: 'paper', account: 'a', lock: 'l', since: AT, violations: 0 },
  cycle: null,
  cycles: [],
  feed: {
    source: 'simulated',
    state: 'running',
    clock: null,
    rows: 0,
    bars: 0,
    rejects: 0,
    rejectsByRule: {},
    consumed: 0,
    decided: 0,
    overruns: 0,
    gaps: 0,
    instruments: [],
  },
  strategies: [],
  account: { currency: 'USD', cash: '1', equity: '1', realised: '0', unrealised: null, fees: '0' },
  equity: '1',
  positions: [],
  orders: [],
  guards: [],
  breakers: [],
  risk: null,
  signals: { total: 0, byState: {}, lastAt: null, pipeline: null },
  ledger: { sequence: 0, cycles: 0, bytes: 0, state: 'ok' },
  audit: { sequence: 0, hash: '' },
  alerts: [],
  illegalMoves: 0,
  asOf: AT,
})

/** A section of about `bytes` bytes that differs with `number`. */
export const bulk = (number: number, bytes: number): Pick<Snapshot, 'alerts'> => ({
  alerts: [{ id: number + 1, at: AT + number, level: 'info', text: 'x'.repeat(bytes), acknowledgedBy: null }],
})
