import type { AuditRecord } from '../../src/contracts/audit.ts'
import { actorWord } from '../lists/audit.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

/** The chosen record of the trail, whole. */
export const entry: DetailPresenter = (state) => {
  const chosen = chosenRow<AuditRecord>(LISTS.audit, state)
  if (chosen === null) return nothingChosen('Entry', 'no record is chosen')
  const { actor } = chosen
  const origin = [actor.uid === null ? null : `uid ${actor.uid}`, actor.tty, actor.ssh === null ? null : `ssh ${actor.ssh}`].filter(
    (part) => part !== null,
  )
  return {
    name: `Entry ${chosen.sequence}`,
    note: [{ text: chosen.time, tone: 'muted' }],
    lines: [
      fact('event', chosen.event),
      fact('actor', `${actorWord(actor)}${origin.length === 0 ? '' : `  ${origin.join('  ')}`}`),
      fact('reason', chosen.reason === '' ? '-' : chosen.reason),
      fact('cause', chosen.cause ?? '-'),
      ...Object.entries(chosen.detail).map(([name, value]) => fact(name, String(value))),
      fact('hash', `${chosen.hash.slice(0, 16)}  previous ${chosen.previous.slice(0, 16)}`, 'muted'),
    ],
  }
}
