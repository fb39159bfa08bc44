import type { Money } from '../../../src/units.ts'
import { type Draft, record } from '../draft.ts'
import { equityOf } from '../equity.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'

/** What sizes are multiplied by after losses that would make a person reckless. */
export const emotionalFactor = (rules: Rules, state: State): number => (state.risk.emotional.active ? rules.controls.emotional.factor : 1)

/** Looks at the trades that this input closed: a trade is judged once, so re-arming by hand is not undone by the past. */
export const watchEmotional = (draft: Draft): void => {
  for (const event of draft.events) {
    if (event.kind !== 'tradeClosed') continue
    const { active, wins } = draft.state.risk.emotional
    const { wins: winsNeeded } = draft.rules.controls.emotional
    if (!active) {
      const reason = provoked(draft.rules, draft.state, event)
      if (reason !== null) move(draft, true, reason, null)
    } else if (wins >= winsNeeded) move(draft, false, `${wins} wins in a row`, null)
  }
}

const provoked = (rules: Rules, state: State, trade: { readonly net: number; readonly equity: Money | number | null }): string | null => {
  const { loss, losses } = rules.controls.emotional
  if (trade.net >= 0) return null
  if (state.risk.losses >= losses) return `${state.risk.losses} losses in a row`
  // What the loss is a share of: equity before it. Unknown is as bad as it can be.
  if (trade.equity === null) return 'a loss while equity is unknown'
  const share = trade.equity - trade.net > 0 ? -trade.net / (trade.equity - trade.net) : 1
  return share >= loss ? `one trade lost ${(share * 100).toFixed(2)} % of equity` : null
}

/** By a person; null where there is nothing to re-arm. */
export const rearmEmotional = (draft: Draft, actor: string, reason: string): string | null => {
  if (!draft.state.risk.emotional.active) return null
  move(draft, false, reason, actor)
  return 'emotional control is over: sizes are whole again'
}

const move = (draft: Draft, active: boolean, reason: string, actor: string | null): void => {
  const { losses, emotional } = draft.state.risk
  record(draft, {
    kind: 'emotionalChanged',
    active,
    reason,
    actor,
    equity: equityOf(draft.rules.scales, draft.state),
    losses,
    wins: emotional.wins,
  })
}
