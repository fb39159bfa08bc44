import { afterOpen } from './after-open.ts'
import type { Guard } from './guard.ts'

/** How long after the open of the exchange the first entry may come. */
export const entryDelay: Guard = {
  name: 'entryDelay',
  class: 'failClosed',
  unit: 'minutes',
  says: 'How long after the open of the exchange the first entry may come.',
  setting: 'guards.entryDelay.minutes',
  evaluate: (context) => afterOpen(context, context.rules.guards.entryDelay.minutes, 'entries begin after'),
}
