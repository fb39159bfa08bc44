import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import type { Line } from '../present/line.ts'
import { amount } from '../present/number.ts'
import { age, dateTime } from '../present/time.ts'
import type { FleetEngine } from '../store/state.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

const lock = ({ held, since, account }: Snapshot['singleton'], past: boolean): Line => {
  if (past) return fact('lock', `unknown, ${held ? `was held since ${dateTime(since)}` : 'was not held'}  ${account}`, 'stale')
  return held ? fact('lock', `held since ${dateTime(since)}  ${account}`) : fact('lock', 'NOT HELD', 'alarm')
}

/** The chosen instance: what its engine last said of itself. */
export const engine: DetailPresenter = (state) => {
  const chosen = chosenRow<FleetEngine>(LISTS.fleet, state)
  if (chosen === null) return nothingChosen('Engine', 'no instance is chosen')
  const { snapshot, link } = chosen
  const reached = link.kind === 'live' ? `answers (${link.role})` : link.kind === 'gone' ? 'does not answer any more' : link.reason
  if (snapshot === null)
    return { name: `Engine: ${chosen.instance}`, note: [], lines: [fact('link', reached, link.kind === 'live' ? 'good' : 'warning')] }
  const { engine: is, singleton, mode, asOf } = snapshot
  const past = link.kind !== 'live'
  const tripped = snapshot.breakers.filter(({ state: each }) => each !== 'closed').map(({ name }) => name)
  return {
    name: `Engine: ${chosen.instance}`,
    note: [
      {
        text: `${mode.toUpperCase()} ${past ? `was ${is.state}` : is.state.toUpperCase()}`,
        tone: mode === 'live' ? 'live' : past ? 'stale' : 'text',
      },
    ],
    lines: [
      fact('link', reached, link.kind === 'live' ? 'good' : 'warning'),
      // An engine that does not answer was up for as long as it said so, and who has its lock now is another matter.
      fact('engine', `${past ? 'was ' : ''}pid ${is.pid}  up ${age((past ? asOf : state.now) - is.startedAt)}  version ${is.version}`),
      fact('wants', `${past ? 'was ' : ''}${is.desired}: ${is.reason}`),
      lock(singleton, past),
      fact('equity', `${amount(snapshot.equity)} ${snapshot.account.currency}  ${snapshot.positions.length} open`),
      fact('breakers', tripped.length === 0 ? 'all closed' : tripped.join(', '), tripped.length === 0 ? 'text' : 'danger'),
      fact('feed', `${snapshot.feed.source}: ${snapshot.feed.state}`),
      fact('as of', dateTime(asOf), 'muted'),
    ],
  }
}
