import { inert } from '../../src/text.ts'
import { moneyText } from '../core/money.ts'
import { type Outcome, outcomeText } from './outcome.ts'
import type { DecisionDifference, WhatIf } from './what-if.ts'

const difference = (recorded: Outcome, whatIf: Outcome) => ({
  signals: whatIf.signals - recorded.signals,
  approved: whatIf.approved - recorded.approved,
  blocked: whatIf.blocked - recorded.blocked,
  blockedBy: Object.fromEntries(
    guardsOf(recorded, whatIf).map((guard) => [guard, (whatIf.blockedBy[guard] ?? 0) - (recorded.blockedBy[guard] ?? 0)]),
  ),
  trades: whatIf.trades - recorded.trades,
  wins: whatIf.wins - recorded.wins,
  net: moneyText(whatIf.net - recorded.net),
  fees: moneyText(whatIf.fees - recorded.fees),
  openPositions: whatIf.openPositions - recorded.openPositions,
  equity: recorded.equity === null || whatIf.equity === null ? null : moneyText(whatIf.equity - recorded.equity),
  drawdown: whatIf.drawdown - recorded.drawdown,
})

const guardsOf = (recorded: Outcome, whatIf: Outcome): string[] =>
  [...new Set([...Object.keys(recorded.blockedBy), ...Object.keys(whatIf.blockedBy)])].sort()

/** The answer with money as decimal text; a differing decision's `notional` too. */
export const whatIfJson = (answer: WhatIf): object => ({
  changes: answer.changes,
  broken: answer.broken,
  asRecorded: answer.asRecorded,
  recorded: outcomeText(answer.recorded),
  whatIf: outcomeText(answer.whatIf),
  difference: difference(answer.recorded, answer.whatIf),
  decisions: {
    different: answer.decisions.different,
    verdict: answer.decisions.verdict,
    first: answer.decisions.first.map(({ signalId, recorded, whatIf }) => ({
      signalId,
      recorded: decisionText(recorded),
      whatIf: decisionText(whatIf),
    })),
  },
  trades: answer.trades,
})

const decisionText = (seen: DecisionDifference['recorded']) =>
  seen === null ? null : { ...seen, notional: seen.notional === null ? null : moneyText(seen.notional) }

const WIDTHS = [28, 18, 18, 18] as const

const row = (name: string, ...cells: readonly (string | number | null)[]): string =>
  `${name.padEnd(WIDTHS[0])}${cells.map((cell, index) => String(cell ?? '-').padStart(WIDTHS[index + 1] ?? 0)).join('')}`

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value))
const signedText = (value: string | null): string | null => (value === null || value.startsWith('-') || /^[0.]+$/.test(value) ? value : `+${value}`)
const percent = (share: number): string => `${(share * 100).toFixed(3)} %`

/** The answer as a table for people. */
export const whatIfLines = (instance: string, answer: WhatIf): string[] => {
  const { recorded, whatIf, broken, asRecorded, decisions, trades } = answer
  if (broken !== null)
    return [
      `${instance}: the record itself cannot be decided again: cycle ${broken.cycle} differs in ${inert(broken.what)}`,
      `  recorded ${inert(broken.expected)}`,
      `  again    ${inert(broken.found)}`,
    ]
  const now = outcomeText(whatIf)
  const then = outcomeText(recorded)
  const change = difference(recorded, whatIf)
  return [
    `${instance}: what if ${inert(wording(answer))}`,
    ...proof(asRecorded),
    '',
    row('', 'recorded', 'what-if', 'difference'),
    ...(['signals', 'approved', 'blocked', 'trades', 'wins', 'openPositions'] as const).map((name) =>
      row(LABELS[name], recorded[name], whatIf[name], signed(change[name])),
    ),
    row('P&L of closed trades', then.net, now.net, signedText(change.net)),
    row('fees', then.fees, now.fees, signedText(change.fees)),
    row('equity at the end', then.equity, now.equity, signedText(change.equity)),
    row('deepest drawdown', percent(recorded.drawdown), percent(whatIf.drawdown), percent(change.drawdown)),
    ...guardsOf(recorded, whatIf).map((guard) =>
      row(`  blocked by ${inert(guard)}`, recorded.blockedBy[guard] ?? 0, whatIf.blockedBy[guard] ?? 0, signed(change.blockedBy[guard] ?? 0)),
    ),
    '',
    `trades   ${trades.onlyRecorded} only recorded, ${trades.onlyWhatIf} only what-if, ${trades.changed} with another result`,
    `decisions ${decisions.different} differ, ${decisions.verdict} of them in the verdict${decisions.different > decisions.first.length ? `; the first ${decisions.first.length}:` : ''}`,
    ...decisions.first.map(decisionLine),
  ]
}

const LABELS = {
  signals: 'signals',
  approved: 'approved',
  blocked: 'blocked',
  trades: 'closed trades',
  wins: 'of them won',
  openPositions: 'positions open at the end',
} as const

const wording = ({ changes: { without, set } }: WhatIf): string =>
  [...without.map((guard) => `without ${guard}`), ...set.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`)].join(', ')

const proof = ({ same, fact, trade }: WhatIf['asRecorded']): string[] => {
  if (same && fact === null) return ['as recorded: same']
  if (same) return [`as recorded: same trades; the first fact that differs is ${inert(fact?.what ?? '')} in cycle ${fact?.cycle}`]
  return [
    'as recorded: NOT the same with nothing changed, so believe none of this',
    `  recorded ${inert(trade?.recorded ?? '')}`,
    `  again    ${inert(trade?.again ?? '')}`,
  ]
}

const decisionLine = ({ signalId, recorded, whatIf }: DecisionDifference): string => `  ${inert(signalId)}  ${decided(recorded)} → ${decided(whatIf)}`

const decided = (seen: DecisionDifference['recorded']): string => {
  if (seen === null) return 'not decided'
  const size = seen.notional === null ? '' : ` ${moneyText(seen.notional)}`
  return `${inert(seen.decision)}${size}${seen.blockers.length === 0 ? '' : ` (${inert(seen.blockers.join(', '))})`}`
}
