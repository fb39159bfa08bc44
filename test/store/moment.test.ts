import { describe, expect, test } from 'vitest'
import { momentOf } from '../../tui/store/moment.ts'

const NEWEST = Date.UTC(2026, 0, 31, 9, 30, 0)
const at = (text: string): string => {
  const moment = momentOf(text, NEWEST, false)
  return moment.ok ? new Date(moment.value).toISOString() : moment.error
}

describe('a moment that is typed', () => {
  test.each([
    ['10m', '2026-01-31T09:20:00.000Z'],
    ['2h', '2026-01-31T07:30:00.000Z'],
    ['1d', '2026-01-30T09:30:00.000Z'],
    ['09:30', '2026-01-31T09:30:00.000Z'],
    ['9:29:59', '2026-01-31T09:29:59.000Z'],
    ['09:31', '2026-01-30T09:31:00.000Z'], // it has not come yet today
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31 08:15', '2026-01-31T08:15:00.000Z'],
    ['2026-01-31T08:15:30Z', '2026-01-31T08:15:30.000Z'],
  ])('%s is %s', (text, iso) => expect(at(text)).toBe(iso))

  test.each(['25:00', '12:60', '12:00:60'])('%s is no time of a day', (text) => expect(at(text)).toContain('is no time of a day'))
  test.each(['2026-02-31', '2026-13-01', '2026-01-31 24:00', '0026-01-31'])('%s is no date', (text) => expect(at(text)).toContain('is no date'))
  test.each(['', 'noon', '12', '-5m', '1e9s'])('%j is answered with what is wanted', (text) => expect(at(text)).toContain('a time such as 14:02'))

  test('a time without Z is of this host where the clock is', () => {
    const local = momentOf('2026-01-31 08:15', NEWEST, true)
    expect(local).toEqual({ ok: true, value: new Date(2026, 0, 31, 8, 15).getTime() })
    expect(momentOf('2026-01-31 08:15Z', NEWEST, true)).toEqual({ ok: true, value: Date.UTC(2026, 0, 31, 8, 15) })
  })
})
