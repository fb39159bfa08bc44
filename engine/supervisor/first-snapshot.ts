import { CHILDREN } from '../../src/contracts/names.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Boot } from './messages.ts'

/** What is known before any child has said a word: names and nothing else. Unknown amounts are null, never zero. */
export const firstSnapshot = (
  boot: Boot,
  about: { readonly pid: number; readonly modeOrigin: string; readonly lock: string; readonly audit: Snapshot['audit'] },
): Snapshot => ({
  instance: boot.instance,
  mode: boot.mode,
  modeOrigin: about.modeOrigin,
  engine: {
    state: 'starting',
    desired: boot.desired.state,
    reason: 'starting',
    pid: about.pid,
    startedAt: boot.startedAt,
    version: boot.version,
    configHash: boot.configHash,
  },
  processes: [
    { name: 'supervisor', pid: about.pid, state: 'ready', restarts: 0, startedAt: boot.startedAt, lastProgressAt: boot.startedAt, reason: '' },
    ...CHILDREN.map((name) => ({ name, pid: null, state: 'down' as const, restarts: 0, startedAt: null, lastProgressAt: null, reason: '' })),
  ],
  singleton: { held: true, venue: boot.config.venue, account: boot.account, lock: about.lock, since: boot.startedAt, violations: 0 },
  cycle: null,
  cycles: [],
  feed: {
    source: '',
    state: 'starting',
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
  account: { currency: boot.config.currency, cash: null, equity: null, realised: '0.000000', unrealised: null, fees: '0.000000' },
  equity: null,
  positions: [],
  orders: [],
  guards: [],
  breakers: [],
  risk: null,
  signals: { total: 0, byState: {}, lastAt: null, pipeline: null },
  ledger: { sequence: 0, cycles: 0, bytes: 0, state: 'not open yet' },
  audit: about.audit,
  alerts: [],
  illegalMoves: 0,
  asOf: boot.startedAt,
})
