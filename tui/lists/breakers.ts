import type { BreakerView } from '../../src/contracts/breaker.ts'
import { breakerWord } from '../present/breaker-word.ts'
import { emptyText } from '../present/empty.ts'
import { count, measured, unitOf } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { age, timeText, timeWidth } from '../present/time.ts'
import { decidedAt, feedNow } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

const NONE: readonly never[] = []
const BAR_CELLS = 10

const TONES: Readonly<Record<BreakerView['state'], Tone>> = { closed: 'good', halfOpen: 'warning', open: 'alarm', latched: 'alarm' }

/** How near the limit is: `#####-----` is half of the way; nothing where it is not known. */
export const distanceBar = (distance: number | null): string => {
  if (distance === null) return '-'
  const used = Math.max(0, Math.min(BAR_CELLS, Math.round((1 - distance) * BAR_CELLS)))
  return `${'#'.repeat(used)}${'-'.repeat(BAR_CELLS - used)}`
}

const columns = (state: ConsoleState): readonly Column<BreakerView>[] => {
  const { clock, snapshot } = state
  const now = feedNow(state)
  const decided = snapshot === null ? null : decidedAt(snapshot)
  return [
    { head: 'BREAKER', width: 18, keep: 9, text: ({ name }) => name },
    { head: 'STATE', width: 9, keep: 8, text: breakerWord, tone: ({ state }) => TONES[state] },
    { head: 'VALUE', width: 8, keep: 7, right: true, figure: true, text: ({ value, unit }) => measured(value, unit), sort: ({ value }) => value },
    { head: 'LIMIT', width: 8, keep: 7, right: true, text: ({ limit, unit }) => measured(limit, unit), sort: ({ limit }) => limit },
    {
      head: 'USED',
      width: BAR_CELLS,
      keep: 6,
      // A mark of age would take the place of a tenth, and the value beside it has one.
      text: ({ distance }) => distanceBar(distance),
      tone: ({ distance }) => (distance === null || distance > 0.5 ? 'text' : distance > 0.2 ? 'warning' : 'danger'),
      sort: ({ distance }) => (distance === null ? null : -distance),
    },
    {
      head: 'SINCE',
      width: timeWidth(
        (snapshot?.breakers ?? NONE).map(({ since }) => (since === 0 ? null : since)),
        clock,
        now,
      ),
      keep: 5,
      text: ({ since }) => (since === null || since === 0 ? '-' : timeText(since, clock, now)),
      sort: ({ since }) => since,
    },
    { head: '24H', width: 4, keep: 4, right: true, text: ({ trips }) => (trips === null ? '-' : count(trips)), sort: ({ trips }) => trips },
    {
      head: 'NEXT',
      width: 14,
      keep: 3,
      text: ({ state, needsPerson, until }) =>
        state === 'closed'
          ? '-'
          : until !== null && decided !== null
            ? `tries in ${age(until - decided)}`
            : needsPerson
              ? 'needs a person'
              : 'by itself',
    },
    { head: 'UNIT', width: 12, keep: 1, text: ({ unit }) => unitOf(unit) },
    { head: 'REASON', width: 6, keep: 2, text: ({ reason }) => reason },
  ]
}

const TRIPPED_FIRST: Readonly<Record<BreakerView['state'], number>> = { latched: 0, open: 0, halfOpen: 1, closed: 2 }
const ordered = new WeakMap<readonly BreakerView[], readonly BreakerView[]>()

/** What is tripped first, so that it is seen where a pane has room for few; all others in the engine's order. */
const trippedFirst = (all: readonly BreakerView[]): readonly BreakerView[] => {
  const known = ordered.get(all) ?? all.toSorted((a, b) => TRIPPED_FIRST[a.state] - TRIPPED_FIRST[b.state])
  ordered.set(all, known)
  return known
}

/** Every breaker, whether it is closed or not: how near it is says more than that it has not tripped. */
export const breakers: ListDefinition<BreakerView> = {
  pane: 'breakers',
  name: 'Breakers',
  rows: ({ snapshot }) => trippedFirst(snapshot?.breakers ?? NONE),
  key: ({ name }) => name,
  columns,
  note: (_, rows) => {
    const tripped = rows.filter(({ state }) => state === 'open' || state === 'latched').map(({ name }) => name)
    const trying = rows.filter(({ state }) => state === 'halfOpen').length
    if (rows.length === 0) return []
    return tripped.length > 0
      ? [{ text: `${tripped.length} OPEN: ${tripped.join(', ')}`, tone: 'danger' }]
      : [{ text: `${rows.length - trying} closed${trying > 0 ? `  ${trying} half-open` : ''}`, tone: 'muted' }]
  },
  empty: (state) => emptyText(state, 'breakers', 'the engine tells of no breaker'),
  time: ({ since }) => since,
  ofFeed: true,
  record: (row) => row,
  live: true,
}
