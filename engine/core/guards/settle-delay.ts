import { afterOpen } from './after-open.ts'
import type { Guard } from './guard.ts'

/** How long prices are left to settle after the open. */
export const settleDelay: Guard = {
  name: 'settleDelay',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long prices are left to settle after the open.',
  setting: 'guards.settleDelay.minutes',
  evaluate: (context) => afterOpen(context, context.rules.guards.settleDelay.minutes, 'prices settle for'),
}
