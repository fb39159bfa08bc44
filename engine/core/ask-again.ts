import type { OrderState } from '../../src/contracts/order.ts'
import { type Draft, record } from './draft.ts'
import { isUnwanted } from './exits.ts'
import type { OpenOrder } from './state.ts'

/** Wait before an order of unknown fate is asked about again; twice as long after each time that no answer came, up to the last. */
export const ASK_AGAIN_MS = 5_000
export const ASK_AGAIN_MS_MAX = 5 * 60_000

/** States in which a venue can still end an order. */
const WORKING: ReadonlySet<OrderState> = new Set(['submitted', 'acknowledged', 'partiallyFilled'])

const waitMs = (tries: number): number => Math.min(ASK_AGAIN_MS * 2 ** Math.min(tries, 16), ASK_AGAIN_MS_MAX)

const isDue = ({ order, asked }: OpenOrder, now: number): boolean => now - (asked?.at ?? order.updatedAt) >= waitMs(asked?.tries ?? 0)

/**
 * A new start asks the venue about every order of unknown fate, and that call may fail. Until an answer comes its symbol takes no new
 * risk and its exit is not tried again, so it is asked about again while the engine runs and not at the next start only. A call that
 * cancels may fail the same way, and then an entry that nobody wants any more could still fill: it is made again too.
 */
export const askAgain = (draft: Draft): void => {
  const now = Math.max(draft.now, draft.state.clock)
  for (const open of Object.values(draft.state.orders)) {
    const { clientOrderId, symbol, state } = open.order
    const wanted = state === 'unknown' ? 'query' : WORKING.has(state) && isUnwanted(draft.state, open.order) ? 'cancel' : null
    if (wanted === null || !isDue(open, now)) continue
    record(draft, { kind: 'orderAsked', clientOrderId, symbol, tries: (open.asked?.tries ?? 0) + 1 })
    draft.effects.push({ kind: wanted, clientOrderId })
  }
}
