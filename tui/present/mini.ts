import { dataAgeMs, isEngineAbsent, isKilled } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import { breakerWord } from './breaker-word.ts'
import { MODE_TONES, modeWord, stuckWord } from './identity.ts'
import type { Line } from './line.ts'
import { age } from './time.ts'

/** A screen too small for panes: what must never be missing, the most important first. */
export const presentMini = (state: ConsoleState): readonly Line[] => {
  const { snapshot, identity, freshness, worstBreaker, now, link } = state
  const noOne = isEngineAbsent(state) ? 'NO ENGINE' : 'NO LINK'
  const instance = snapshot?.instance ?? identity.instance
  if (snapshot === null) return [[{ text: instance, tone: 'heading' }], [{ text: link.kind === 'lost' ? noOne : 'connecting', tone: 'warning' }]]
  const dataAge = dataAgeMs(state)
  const old = freshness !== 'fresh'
  const lost: readonly Line[] = freshness === 'lost' && link.kind === 'lost' ? [[{ text: `LOST ${age(now - link.since)}`, tone: 'alarm' }]] : []
  const stuck = stuckWord(state)
  const past: readonly Line[] = freshness === 'past' ? [[{ text: `${noOne}, past state`, tone: 'alarm' }]] : []
  return [
    [
      { text: modeWord(snapshot.mode), tone: MODE_TONES[snapshot.mode] },
      { text: ` ${snapshot.engine.state.toUpperCase()}`, tone: old ? 'stale' : 'heading' },
      { text: ` ${instance}`, tone: 'muted' },
    ],
    ...lost,
    ...past,
    ...(stuck === null ? [] : [[{ text: stuck, tone: 'alarm' as const }]]),
    ...(isKilled(snapshot) ? [[{ text: 'KILL SWITCH', tone: 'alarm' as const }]] : []),
    [worstBreaker === null ? { text: 'BRK ok', tone: 'muted' } : { text: `BRK ${worstBreaker.name} ${breakerWord(worstBreaker)}`, tone: 'alarm' }],
    [{ text: dataAge === null ? 'data -' : `data ${old ? '~' : ''}${age(dataAge)}`, tone: old ? 'warning' : 'muted' }],
    [{ text: `${snapshot.positions.length} open  cyc ${snapshot.cycle?.number ?? '-'}`, tone: old ? 'stale' : 'text' }],
  ]
}
