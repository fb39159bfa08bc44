import { readFileSync } from 'node:fs'
import { step } from '../../../engine/core/step.ts'
import { rolls, type Setup, stateOf } from '../exchange-days.ts'

/**
 * Sets the clock of this process, which runs under libfaketime, to one time after the other and lets the core look at it. Prints the days
 * that began, and what the clock said at each look.
 */
const { calendar, looks } = JSON.parse(readFileSync(0, 'utf8')) as Setup
const { rules, state: initial } = stateOf(calendar)

/**
 * The clock once it says what it was set to. libfaketime reads its setting in whichever thread of the runtime asks for the time, and one
 * that is late may put back the time before: it parses a setting that it knows no second time, so another is given in between. The number
 * of tries is bounded: a clock that cannot be set must show.
 */
const setClock = (look: string): number => {
  const wanted = Date.parse(`${look.replace(' ', 'T')}Z`)
  let now = Number.NaN
  for (let tries = 0; now !== wanted && tries < 1_000; tries++) {
    for (const setting of tries === 0 ? [look] : ['2000-01-01 00:00:00', look]) {
      process.env.FAKETIME = setting
      now = Date.now()
    }
  }
  return now
}

const days: { readonly day: string; readonly at: number }[] = []
const seen: number[] = []
let state = initial
for (const look of looks) {
  const now = setClock(look)
  seen.push(now)
  const result = step(rules, state, { kind: 'timer', now })
  state = result.state
  days.push(...rolls(result.events))
}
process.stdout.write(JSON.stringify({ days, seen }))
