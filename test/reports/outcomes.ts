import type { Decided, Ended, History, ShadowEnded } from '../../engine/reports/history.ts'

/** Made-up outcomes: what a test does not name is harmless. */
export const ended = (over: Partial<Ended> = {}): Ended => ({
  signalId: 's',
  symbol: 'BTCUSD',
  strategy: 'test',
  pnl: 1,
  pnlRatio: 0.01,
  fees: 0,
  reason: 'stop',
  endedAt: 1,
  ...over,
})

export const shadowEnded = (over: Partial<ShadowEnded> = {}): ShadowEnded => ({
  ...ended(),
  decision: 'BLOCKED',
  blockers: ['confidence'],
  decidedAt: 0,
  ...over,
  blocker: over.blocker ?? over.blockers?.[0] ?? (over.decision === 'APPROVED' ? null : 'confidence'),
})

export const decided = (over: Partial<Decided>): Decided => ({
  decision: 'BLOCKED',
  blocker: 'confidence',
  blockers: ['confidence'],
  at: 0,
  measured: [],
  ...over,
})

export const historyWith = (over: Partial<History>): History => ({
  from: 0,
  to: 3_600_000,
  decided: new Map(),
  shadows: [],
  neverFilled: 0,
  skipped: 0,
  trades: [],
  decays: [],
  ...over,
})
