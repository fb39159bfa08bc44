import type { GuardResult } from '../../src/contracts/signal.ts'
import type { SignalBusLine, SignalDecisionLine } from '../../src/contracts/stream.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import type { Line } from '../present/line.ts'
import { cell } from '../present/line.ts'
import { direction, level, measured, percent, reading, signed, unitOf } from '../present/number.ts'
import { timeText } from '../present/time.ts'
import type { ShadowLine } from '../records/shadow-line.ts'
import { feedNow } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

const GUARD_TONES: Readonly<Record<GuardResult['verdict'], Tone>> = { pass: 'muted', block: 'danger', abstain: 'muted', error: 'alarm' }
const GUARD_WIDTH = 18

/** Why the chosen signal became an order or did not: every guard in order, what happened then, and what it would have been worth. */
export const why: DetailPresenter = (state) => {
  const decision = chosenRow<SignalDecisionLine>(LISTS.decisions, state)
  if (decision === null) return nothingChosen('Why', 'choose a signal above')
  const { signal_metadata: signal, guards, decision: verdict, blockers } = decision
  const values = Object.entries(signal.values)
  const seen = decision.market_snapshot
  return {
    name: `Why: ${signal.symbol} ${signal.side}`,
    note: [{ text: `corr ${signal.id}`, tone: 'key' }],
    lines: [
      fact(
        'result',
        verdict === 'APPROVED'
          ? `APPROVED by all ${guards.length} guards`
          : `${verdict}: ${decision.blocker_component ?? '?'}, ${decision.blocker_reason ?? ''}`,
        verdict === 'APPROVED' ? 'good' : 'warning',
      ),
      ...(blockers.length > 1 ? [fact('blockers', blockers.join(', '), 'warning')] : []),
      fact(
        'signal',
        `${signal.strategy}  confidence ${signal.confidence.toFixed(2)}  price ${level(signal.price)}  stop ${level(signal.stop)}  target ${level(signal.target)}`,
      ),
      fact('reason', signal.reason),
      ...(values.length === 0 ? [] : [fact('saw', values.map(([name, value]) => `${name} ${reading(value)}`).join('  '))]),
      fact(
        'market',
        `volatility ${seen.volatility === null ? 'not observed' : reading(seen.volatility)}  regime ${seen.regime ?? 'not observed'}  volume 24h ${seen.volume_24h === null ? 'not observed' : reading(seen.volume_24h)}`,
        'muted',
      ),
      ...thenLines(state, signal.id),
      [{ text: '  #  guard              verdict  value / limit', tone: 'muted' }],
      ...guards.map((guard, index) => guardLine(guard, index)),
    ],
  }
}

const guardLine = ({ guard, verdict, value, limit, unit, class: failure, reason, blocks }: GuardResult, index: number): Line => [
  { text: `  ${String(index + 1).padStart(2)} `, tone: 'muted' },
  { text: `${cell(guard, GUARD_WIDTH)} `, tone: blocks ? 'danger' : 'text' },
  { text: `${cell(blocks ? verdict.toUpperCase() : verdict, 8)} `, tone: GUARD_TONES[verdict] },
  {
    text: value === null && limit === null ? '' : `${measured(value, unit)} / ${measured(limit, unit)} ${unitOf(unit)}  `,
    tone: blocks ? 'danger' : 'text',
  },
  { text: `${reason}${failure === 'failOpen' ? '  (fail open)' : ''}`, tone: 'muted' },
]

/** What became of it after the decision: its moves, newest last, and its fills. */
const thenLines = (state: ConsoleState, signalId: string): readonly Line[] => {
  const moves = state.records.moves.rows.filter(
    (line): line is Extract<SignalBusLine, { event_type: 'state_change' }> => line.event_type === 'state_change' && line.signal_id === signalId,
  )
  const last = moves[0]
  const shadow = state.records.shadows.rows.find((outcome) => outcome.signal_id === signalId)
  return [
    ...(last === undefined ? [] : [fact('then', `${last.new_state} at ${timeText(last.ts * 1_000, state.clock, feedNow(state))}: ${last.reason}`)]),
    ...(shadow === undefined ? [] : [shadowLine(shadow)]),
  ]
}

/** An order that no price ever met has no result, and least of all one of nothing. */
const shadowLine = ({ pnl, pnl_pct: ratio, hold_time_seconds: held }: ShadowLine): Line => {
  if (pnl === null) return fact('shadow', 'never filled', 'muted')
  const result = String(pnl)
  return fact(
    'shadow',
    `${signed(result)}${ratio === null ? '' : ` (${percent(ratio)})`}${held === null ? '' : ` after ${Math.round(held)} s`}`,
    direction(result),
  )
}
