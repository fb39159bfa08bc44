import type { BreakerView } from '../../src/contracts/breaker.ts'
import { distanceBar } from '../lists/breakers.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import { breakerWord } from '../present/breaker-word.ts'
import { measured, percent, unitOf } from '../present/number.ts'
import { age, dateTime } from '../present/time.ts'
import { decidedAt } from '../store/select.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

/** The chosen breaker: how near it is, what it waits for, and how it came there. */
export const breaker: DetailPresenter = (state) => {
  const chosen = chosenRow<BreakerView>(LISTS.breakers, state)
  if (chosen === null) return nothingChosen('Breaker', 'choose a breaker above')
  const clock = state.snapshot === null ? null : decidedAt(state.snapshot)
  const { name, value, limit, unit, distance, since, until, trips, needsPerson, reason } = chosen
  return {
    name: `Breaker: ${name}`,
    note: [{ text: breakerWord(chosen), tone: chosen.state === 'closed' ? 'good' : 'alarm' }],
    lines: [
      fact('value', `${measured(value, unit)} of ${measured(limit, unit)} ${unitOf(unit)}`),
      fact('used', distance === null ? 'not known' : `${distanceBar(distance)}  ${percent(1 - distance).replace('+', '')} of the limit`),
      fact('since', since === null || since === 0 ? 'the beginning' : `${dateTime(since)}${clock === null ? '' : `  ${age(clock - since)}`}`),
      fact('reason', reason === '' ? '-' : reason),
      fact('trips', trips === null ? 'not counted' : `${trips} in the last 24 h of the feed's clock`),
      fact(
        'next',
        chosen.state === 'closed'
          ? 'watches'
          : needsPerson
            ? 'needs a person: R re-arms it with a reason'
            : until === null || clock === null
              ? 'closes by itself when its cause is over'
              : `tries again in ${age(until - clock)}`,
        chosen.state === 'closed' ? 'text' : 'warning',
      ),
    ],
  }
}
