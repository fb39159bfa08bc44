import type { Cycle } from '../../src/contracts/cycle.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import { count } from '../present/number.ts'
import { dateTime, took } from '../present/time.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

/** The chosen cycle: where its time went, what went in and what came out, and what it left in the ledger. */
export const cycle: DetailPresenter = (state) => {
  const chosen = chosenRow<Cycle>(LISTS.cycles, state)
  if (chosen === null) return nothingChosen('Cycle', 'no cycle is chosen')
  const { number, trigger, at, feedAt, durationMs, stages, bars, inputs, events, signals, approved, blocked, orders, fills, result } = chosen
  return {
    name: `Cycle: ${number}`,
    note: [{ text: result.toUpperCase(), tone: result === 'ok' ? 'good' : result === 'slow' ? 'warning' : 'danger' }],
    lines: [
      fact('began', `${dateTime(at)} by ${trigger}${feedAt === null ? '' : `, feed at ${dateTime(feedAt)}`}`),
      fact(
        'took',
        `${took(durationMs)}: drain ${took(stages.drain)}  decide ${took(stages.decide)}  commit ${took(stages.commit)}  effects ${took(stages.effects)}`,
      ),
      fact('read', `${bars === null ? 'no bar' : `bars ${count(bars.from)} to ${count(bars.to)}`}, ${count(inputs)} inputs`),
      fact('made', `${count(events)} facts  ${count(orders)} orders  ${count(fills)} fills`),
      fact(
        'signals',
        signals === 0 ? 'none' : `${count(signals)}: ${count(approved)} approved, ${count(blocked)} blocked`,
        blocked > 0 ? 'warning' : 'text',
      ),
      fact('ledger', `sequence ${count(chosen.sequence)}${chosen.stateHash === null ? '' : `  state ${chosen.stateHash.slice(0, 16)}`}`, 'muted'),
    ],
  }
}
