import { readFileSync } from 'node:fs'
import { step } from '../../../engine/core/step.ts'
import { rolls, type Setup, stateOf } from '../exchange-days.ts'

/**
 * Sets the clock of this process, which runs under libfaketime, to one time after the other and lets the core look at it. Prints the days
 * that began, and what the clock said at each look.
 */
const { calendar, looks } = JSON.parse(readFileSync(0, 'utf8')) as Setup
const { rules, state: initial } = stateOf(calendar)
const days: { readonly day: string; readonly at: number }[] = []
const seen: number[] = []
let state = initial
for (const look of looks) {
  process.env.FAKETIME = look
  const now = Date.now()
  seen.push(now)
  const result = step(rules, state, { kind: 'timer', now })
  state = result.state
  days.push(...rolls(result.events))
}
process.stdout.write(JSON.stringify({ days, seen }))
