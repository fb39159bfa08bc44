import { expect, test } from 'vitest'
import { staleFeed } from '../../../engine/core/breakers/stale-feed.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import type { State } from '../../../engine/core/state.ts'
import type { CalendarName } from '../../../src/exchange-calendar.ts'
import { MINUTE } from '../../helpers/engine-fixture.ts'
import { holding, rulesWith } from './watched.ts'

const own = rulesWith({ staleFeed: { bars: 5 } })

/** A position in the first instrument, whose newest bar and the other's ended at these times; null is none yet. */
const silent = (calendars: readonly CalendarName[], marks: readonly (string | null)[], held: boolean): { rules: Rules; state: State } => {
  const rules: Rules = { ...own, traits: own.traits.map((traits, id) => ({ ...traits, calendar: calendars[id] ?? '24x7' })) }
  const { state } = holding(own)
  const books = state().books.map((book, id) => {
    const markAt = marks[id] ?? null
    return {
      ...book,
      markAt: markAt === null ? null : Date.parse(markAt),
      timeframeMs: markAt === null ? null : MINUTE,
      position: held ? book.position : null,
    }
  })
  return { rules, state: { ...state(), books } }
}

test.each([
  {
    says: 'what is held and silent for the limit',
    now: '2026-01-05T15:05Z',
    marks: ['2026-01-05T15:00Z', '2026-01-05T15:05Z'],
    held: true,
    value: 5,
    tripped: true,
  },
  {
    says: 'a millisecond less',
    now: '2026-01-05T15:04:59.999Z',
    marks: ['2026-01-05T15:00Z', '2026-01-05T15:04:59.999Z'],
    held: true,
    tripped: false,
  },
  {
    says: 'what nobody holds, while another speaks',
    now: '2026-01-05T15:05Z',
    marks: ['2026-01-05T14:00Z', '2026-01-05T15:05Z'],
    held: false,
    value: 0,
    tripped: false,
  },
  {
    says: 'all at once, though nothing is held',
    now: '2026-01-05T15:05Z',
    marks: ['2026-01-05T14:00Z', '2026-01-05T15:00Z'],
    held: false,
    value: 5,
    tripped: true,
  },
  { says: 'nothing that has spoken yet', now: '2026-01-05T15:05Z', marks: [null, null], held: false, value: null, tripped: false },
] as const)('$says: tripped is $tripped', ({ now, marks, held, tripped, ...rest }) => {
  const { rules, state } = silent(['24x7', '24x7'], marks, held)
  const measure = staleFeed.measure(rules, state, Date.parse(now))
  expect(measure.tripped).toBe(tripped)
  if ('value' in rest) expect(measure.value).toBe(rest.value)
})

test.each([
  { says: 'the night', now: '2026-01-06T03:00Z', marks: ['2026-01-05T21:00Z'], value: null },
  { says: 'a weekend', now: '2026-01-10T15:00Z', marks: ['2026-01-09T21:00Z'], value: null },
  { says: 'a holiday', now: '2026-12-25T16:00Z', marks: ['2026-12-24T18:00Z'], value: null },
  { says: 'the afternoon of a half day', now: '2026-12-24T19:00Z', marks: ['2026-12-24T18:00Z'], value: null },
  { says: 'the first minutes of a day, before its first bar is due for long', now: '2026-01-06T14:34Z', marks: ['2026-01-05T21:00Z'], value: 4 },
  { says: 'an opening in summer time', now: '2026-03-09T13:34Z', marks: ['2026-03-06T21:00Z'], value: 4 },
])('silence is not counted over $says', ({ now, marks, value }) => {
  const { rules, state } = silent(['XNYS', 'XNYS'], marks, true)
  expect(staleFeed.measure(rules, state, Date.parse(now))).toMatchObject({ tripped: false, value })
})

test('an exchange that has opened and stays silent trips after the limit', () => {
  const { rules, state } = silent(['XNYS', 'XNYS'], ['2026-01-05T21:00Z'], true)
  expect(staleFeed.measure(rules, state, Date.parse('2026-01-06T14:35Z'))).toMatchObject({ tripped: true, value: 5 })
})

test('one market that never closes is judged while another is shut', () => {
  const { rules, state } = silent(['XNYS', '24x7'], ['2026-01-09T21:00Z', '2026-01-10T14:55Z'], false)
  expect(staleFeed.measure(rules, state, Date.parse('2026-01-10T15:00Z'))).toMatchObject({ tripped: true, value: 5 })
})
