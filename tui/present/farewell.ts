import { isEngineAbsent } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import { clean } from './line.ts'
import { age, dateTime } from './time.ts'

/** The one line that is left on the terminal: what runs on, and how to come back. `flags` are those that name this instance. */
export const farewell = (state: ConsoleState, flags: string): string => {
  const { snapshot, identity, sequence, link } = state
  const again = `aegis-console attach ${flags}`
  const instance = identity.instance
  const line = (): string => {
    if (snapshot === null || sequence === null) {
      const was = snapshot === null ? '' : ` (it was ${snapshot.engine.state.toUpperCase()} at ${dateTime(snapshot.asOf)})`
      if (isEngineAbsent(state)) return `${instance}: no engine runs${was}. Start one: aegis-console start ${flags}`
      return `${instance}: no engine was reached${was}; nothing was stopped. Attach: ${again}`
    }
    const engine = `${snapshot.mode.toUpperCase()} ${snapshot.engine.state.toUpperCase()}`
    if (link.kind === 'live') return `${instance}: ${engine}, still running (pid ${snapshot.engine.pid}). Attach again: ${again}`
    const since = link.kind === 'lost' ? ` ${age(state.now - link.since)} ago` : ''
    return `${instance}: the link was lost${since}, the engine was ${engine} then; nothing was stopped by leaving. Attach again: ${again}`
  }
  const open = state.underway.map(
    ({ id, what }) => `; ${what} was sent as ${id.slice(0, 8)} and its outcome was not known: aegis-console audit ${flags} has it if there is one`,
  )
  return clean(line() + open.join(''))
}
