import { expect, test } from 'vitest'
import { matches, parseFilter } from '../../tui/logs/filter.ts'
import { LEVELS, type LevelName, type LogLine } from '../../tui/logs/line.ts'

const line = (text: string, level: LevelName = 'info', process = 'feed'): LogLine => ({
  text,
  process,
  level: LEVELS[level],
  time: 0,
  key: 0,
  arrival: 0,
})

const holds = (filter: string, candidate: LogLine): boolean => {
  const parsed = parseFilter(filter, 0)
  if (!parsed.ok) throw new Error(parsed.error)
  return matches(parsed.value, candidate)
}

test.each([
  { filter: '', of: line('anything'), holds: true },
  { filter: 'order', of: line('ORDER placed'), holds: true },
  { filter: 'Order', of: line('ORDER placed'), holds: false },
  { filter: '!order', of: line('ORDER placed'), holds: false },
  { filter: '!order', of: line('a bar'), holds: true },
  { filter: 'order placed', of: line('placed an order'), holds: true },
  { filter: 'order lost', of: line('placed an order'), holds: false },
  { filter: '"an order"', of: line('placed an order'), holds: true },
  { filter: '!"an order"', of: line('placed an order'), holds: false },
  { filter: '"order an"', of: line('placed an order'), holds: false },
  { filter: 'level>=warn', of: line('', 'error'), holds: true },
  { filter: 'level>=warn', of: line('', 'info'), holds: false },
  { filter: 'level>warn', of: line('', 'warn'), holds: false },
  { filter: 'level<=info', of: line('', 'debug'), holds: true },
  { filter: 'level<info', of: line('', 'info'), holds: false },
  { filter: 'level:error', of: line('', 'error'), holds: true },
  { filter: 'level=ERROR', of: line('', 'fatal'), holds: false },
  { filter: '!level>=warn', of: line('', 'info'), holds: true },
  { filter: 'process:feed', of: line('x'), holds: true },
  { filter: '!process:feed', of: line('x', 'info', 'brain'), holds: true },
  { filter: 'process:feed level>=warn gap', of: line('a gap', 'warn'), holds: true },
  { filter: '"level>=warn"', of: line('x', 'error'), holds: false },
])('$filter on $of.text ($of.process): $holds', ({ filter, of, holds: expected }) => {
  expect(holds(filter, of)).toBe(expected)
})

test.each(['level>=loud', 'level>=', 'process:', '!'])('%s is refused with a reason', (filter) => {
  expect(parseFilter(filter, 0)).toMatchObject({ ok: false })
})
