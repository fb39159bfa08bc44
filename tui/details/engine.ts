import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import { amount } from '../present/number.ts'
import { age, dateTime } from '../present/time.ts'
import type { FleetEngine } from '../store/state.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

/** The chosen instance: what its engine last said of itself. */
export const engine: DetailPresenter = (state) => {
  const chosen = chosenRow<FleetEngine>(LISTS.fleet, state)
  if (chosen === null) return nothingChosen('Engine', 'no instance is chosen')
  const { snapshot, link } = chosen
  const reached = link.kind === 'live' ? `answers (${link.role})` : link.kind === 'gone' ? 'does not answer any more' : link.reason
  if (snapshot === null)
    return { name: `Engine: ${chosen.instance}`, note: [], lines: [fact('link', reached, link.kind === 'live' ? 'good' : 'warning')] }
  const tripped = snapshot.breakers.filter(({ state: each }) => each !== 'closed').map(({ name }) => name)
  return {
    name: `Engine: ${chosen.instance}`,
    note: [{ text: `${snapshot.mode.toUpperCase()} ${snapshot.engine.state.toUpperCase()}`, tone: snapshot.mode === 'live' ? 'live' : 'text' }],
    lines: [
      fact('link', reached, link.kind === 'live' ? 'good' : 'warning'),
      fact('engine', `pid ${snapshot.engine.pid}  up ${age(state.now - snapshot.engine.startedAt)}  version ${snapshot.engine.version}`),
      fact('wants', `${snapshot.engine.desired}: ${snapshot.engine.reason}`),
      fact(
        'lock',
        snapshot.singleton.held ? `held since ${dateTime(snapshot.singleton.since)}  ${snapshot.singleton.account}` : 'NOT HELD',
        snapshot.singleton.held ? 'text' : 'alarm',
      ),
      fact('equity', `${amount(snapshot.equity)} ${snapshot.account.currency}  ${snapshot.positions.length} open`),
      fact('breakers', tripped.length === 0 ? 'all closed' : tripped.join(', '), tripped.length === 0 ? 'text' : 'danger'),
      fact('feed', `${snapshot.feed.source}: ${snapshot.feed.state}`),
      fact('as of', dateTime(snapshot.asOf), 'muted'),
    ],
  }
}
