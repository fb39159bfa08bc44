import { isEngineAbsent, linkProblem } from '../store/select.ts'
import type { ConsoleState, Prompt, PromptKind } from '../store/state.ts'
import { breakerWord } from './breaker-word.ts'
import { clean, type Line, lineWidth } from './line.ts'
import { clockUtc, timeOfDay } from './time.ts'
import { cutStart } from './width.ts'

/** The last line but one: what a person types, is answered, or has to know. */
export const presentMessage = (state: ConsoleState): Line => {
  const { prompt, help, message } = state
  const { columns } = state.size
  if (prompt !== null) return promptLine(SIGNS[prompt.kind], prompt.text, prompt.problem ?? offersOf(prompt), columns)
  if (help?.typing === true) return promptLine('keys with: ', help.filter, null, columns)
  if (message !== null) return [{ text: ` ${message.text}`, tone: message.tone }]
  return underwayLine(state) ?? linkLine(state) ?? alertLine(state) ?? []
}

const SIGNS: Readonly<Record<PromptKind, string>> = { filter: '/', palette: ':', export: 'export to ', columns: 'columns ', process: 'processes ' }

/** What was sent and left alone: nobody should take the closed dialog for the end of it. */
const underwayLine = ({ underway, dialog }: ConsoleState): Line | null => {
  const left = underway.find(({ id }) => id !== dialog?.sent?.id)
  return left === undefined ? null : [{ text: ` ${left.what} was sent as ${left.id.slice(0, 8)}; its outcome is not known yet`, tone: 'warning' }]
}

/** What Tab would make of it. */
const offersOf = ({ offers }: Prompt): string | null => (offers.length === 0 ? null : offers.join('  '))

/** The end of a long text is what its writer looks at, and what is said to it takes half of the line at most. */
const promptLine = (sign: string, text: string, problem: string | null, width: number): Line => {
  const before: Line = [{ text: ` ${sign}`, tone: 'key' }]
  const said: Line = problem === null ? [] : [{ text: `  ${problem}`, tone: 'warning' }]
  const room = width - lineWidth(before) - 1 - Math.min(lineWidth(said), Math.floor(width / 2))
  return [...before, { text: cutStart(clean(text), room) }, { text: ' ', tone: 'live' }, ...said]
}

/** Why the figures are not of now, and what to do about it. */
const linkLine = (state: ConsoleState): Line | null => {
  const { link, freshness, snapshot, identity } = state
  if (link.kind === 'live') {
    return freshness === 'stale'
      ? [{ text: ` the engine has said nothing since ${timeOfDay(link.lastHeardAt)}; figures with ~ may be old`, tone: 'warning' }]
      : null
  }
  if (link.kind === 'connecting') return [{ text: ' connecting to the engine', tone: 'muted' }]
  const past = state.sequence === null && snapshot !== null ? ` (state of ${clockUtc(snapshot.asOf)})` : ''
  if (isEngineAbsent(state)) {
    const what = state.sequence === null ? `no engine${past}` : 'the engine is gone'
    return [{ text: ` ${what}. Start one: aegis-console start --instance ${identity.instance}`, tone: 'warning' }]
  }
  return [{ text: ` ${linkProblem(state)}; attempt ${link.attempt}, next at ${timeOfDay(link.retryAt)}${past}`, tone: 'warning' }]
}

const alertLine = ({ snapshot, worstBreaker, freshness }: ConsoleState): Line | null => {
  if (snapshot === null || freshness !== 'fresh') return null
  if (worstBreaker !== null) return [{ text: ` ${worstBreaker.name} is ${breakerWord(worstBreaker)}: ${worstBreaker.reason}`, tone: 'danger' }]
  const newest = snapshot.alerts.reduce<(typeof snapshot.alerts)[number] | null>(
    (best, alert) => (best === null || alert.at >= best.at ? alert : best),
    null,
  )
  if (newest !== null)
    return [
      {
        text: ` ${timeOfDay(newest.at)} ${newest.text}`,
        tone: newest.level === 'critical' ? 'danger' : newest.level === 'warning' ? 'warning' : 'muted',
      },
    ]
  const { state, desired, reason } = snapshot.engine
  if (state !== 'running') return [{ text: ` ${state.toUpperCase()}${desired === state ? '' : `, wants ${desired}`}: ${reason}`, tone: 'warning' }]
  return [{ text: ` feed ${snapshot.feed.source}: ${snapshot.feed.state}`, tone: 'muted' }]
}
