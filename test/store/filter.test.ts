import { describe, expect, test } from 'vitest'
import { matches, parseFilter } from '../../tui/filter.ts'

describe('a pattern', () => {
  const found = (pattern: string, text: string): boolean => {
    const filter = parseFilter(pattern, 0)
    if (!filter.ok) throw new Error(filter.error)
    return matches(filter.value, { text: () => text, field: () => null, time: () => null })
  }
  test.each(['/(\\w+\\s?)+!$/', '/(a|a)*b/', '/(x+x+)+y/i', '/(.*a){20}$/'])('%s that would go back and forth for ever ends at once', (pattern) => {
    const from = performance.now()
    const filter = parseFilter(pattern, 0)
    // Either it is looked for in linear time, or it is refused where it is typed.
    if (filter.ok) matches(filter.value, { text: () => 'ax'.repeat(5_000), field: () => null, time: () => null })
    expect(performance.now() - from).toBeLessThan(5_000)
  })
  test.each(['/(?=a)b/', '/(a)\\1/'])('%s is refused: it may take for ever', (pattern) => {
    expect(parseFilter(pattern, 0)).toMatchObject({ ok: false, error: expect.stringContaining('could take for ever') })
  })
  test('is found in any case where that is asked for, and its classes stay what they are', () => {
    expect(found('/ERROR/i', 'an Error of')).toBe(true)
    expect(found('/ERROR/', 'an Error of')).toBe(false)
    expect(found('/^\\S+\\D$/i', 'ABC')).toBe(true)
    expect(found('/^\\S+\\D$/i', 'AB C1')).toBe(false)
    expect(found('/cycle [0-9]{3,4} (ok|slow)/', 'the cycle 998 slow')).toBe(true)
  })
})

test.each([
  { says: 'a number', raw: 0, found: true },
  { says: 'a number as it is shown', raw: '~0.5%', found: true },
  { says: 'nothing', raw: null, found: false },
  { says: 'an empty cell', raw: '', found: false },
  { says: 'a blank cell', raw: '  ', found: false },
  { says: 'the sign of what is not known', raw: '-', found: false },
])('a comparison with a number holds for numbers alone: $says', ({ raw, found }) => {
  const filter = parseFilter('used<1', 0)
  if (!filter.ok) throw new Error(filter.error)
  expect(matches(filter.value, { text: () => '', field: () => raw, time: () => null })).toBe(found)
})
