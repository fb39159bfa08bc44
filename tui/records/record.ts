import type { AuditRecord } from '../../src/contracts/audit.ts'
import type { CycleLine, EquityLine, SignalBusLine, SignalDecisionLine, TradeLine } from '../../src/contracts/stream.ts'
import type { ShadowLine } from './shadow-line.ts'
import { CLOSED, type RecordWindow } from './window.ts'

/** What the engine leaves in files and the console reads there, also when no engine runs. */
export type Records = {
  readonly cycles: RecordWindow<CycleLine>
  readonly decisions: RecordWindow<SignalDecisionLine>
  readonly moves: RecordWindow<SignalBusLine>
  readonly trades: RecordWindow<TradeLine>
  readonly audit: RecordWindow<AuditRecord>
  readonly shadows: RecordWindow<ShadowLine>
  readonly equity: RecordWindow<EquityLine>
}
export type RecordName = keyof Records

export const NO_RECORDS: Records = {
  cycles: CLOSED,
  decisions: CLOSED,
  moves: CLOSED,
  trades: CLOSED,
  audit: CLOSED,
  shadows: CLOSED,
  equity: CLOSED,
}
