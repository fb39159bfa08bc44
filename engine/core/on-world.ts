import { type Draft, record } from './draft.ts'
import type { RecordedInput } from './input.ts'

const MINUTE_MS = 60_000

type Of<Kind extends RecordedInput['kind']> = Extract<RecordedInput, { kind: Kind }>

/** What the world around the engine is like: each becomes a fact, and the breakers look at it afterwards. */

export const onReloaded = (draft: Draft, { configHash, changes, commandId, actor, reason }: Of<'reloaded'>): void => {
  record(draft, { kind: 'rulesChanged', configHash, changes: [...changes], actor, reason })
  const message = changes.length === 0 ? 'nothing changed' : `changed ${changes.map(({ path }) => path).join(', ')}`
  draft.effects.push({ kind: 'answer', commandId, outcome: 'accepted', message })
}

/** Thrown twice at the same place counts once. */
export const onKillSwitch = (draft: Draft, { origin, on, reason, actor }: Of<'killSwitch'>): void => {
  if ((draft.state.risk.killSwitches[origin] !== undefined) !== on) record(draft, { kind: 'killSwitchChanged', origin, on, reason, actor })
}

export const onReferences = (draft: Draft, { watchlist, earnings, problems }: Of<'references'>): void =>
  record(draft, { kind: 'referencesRead', watchlist, earnings, problems: [...problems] })

/** Calls that all went well are no news unless they end a row of failures or thin out a window that has some. */
export const onVenueCalls = (draft: Draft, { ok, failed, reason }: Of<'venueCalls'>): void => {
  const { calls, failedInRow } = draft.state.risk
  const from = draft.now - draft.rules.breakers.apiErrorRate.minutes * MINUTE_MS
  if (failed > 0 || (ok > 0 && (failedInRow > 0 || calls.some((call) => call.failed > 0 && call.at > from))))
    record(draft, { kind: 'venueCallsSeen', ok, failed, reason })
}

/** Held against our positions only where nothing is on the way: the venue's newest report is one that we have taken in. */
export const onStatement = (draft: Draft, { venueSequence, positions }: Of<'statement'>): void => {
  const { books, venueSequence: known } = draft.state
  if (venueSequence !== known) return
  const theirs = new Map(positions.map(({ symbol, quantity }) => [symbol, quantity]))
  const ours = new Map(
    books.flatMap(({ symbol, position }) =>
      position === null ? [] : [[symbol, position.side === 'long' ? position.quantity : -position.quantity] as const],
    ),
  )
  const symbols = [...new Set([...theirs.keys(), ...ours.keys()])].sort()
  const differences = symbols
    .filter((symbol) => (theirs.get(symbol) ?? 0) !== (ours.get(symbol) ?? 0))
    .map((symbol) => `${symbol}: ${ours.get(symbol) ?? 0} lots here, ${theirs.get(symbol) ?? 0} at the venue`)
  // The same difference at every statement is one fact; that it is gone is another.
  if (differences.join() !== draft.state.risk.differences.join()) record(draft, { kind: 'reconciled', venueSequence, differences })
}

/** Small differences are the clocks' own; only what could trip a breaker is written down. */
export const onClock = (draft: Draft, { skewMs, jumpMs }: Of<'clock'>): void => {
  const { skewMs: skewMax, jumpMs: jumpMax } = draft.rules.breakers.clockSkew
  const far = Math.abs(skewMs ?? 0) >= skewMax || Math.abs(jumpMs ?? 0) >= jumpMax
  if (far || draft.state.risk.breakers.clockSkew?.state !== 'closed') record(draft, { kind: 'clockChecked', skewMs, jumpMs })
}

export const onOverrun = (draft: Draft, { bars }: Of<'overrun'>): void => record(draft, { kind: 'overrunSeen', bars })

export const onTrouble = (draft: Draft, { breaker, reason }: Of<'trouble'>): void => record(draft, { kind: 'troubleSeen', breaker, reason })
