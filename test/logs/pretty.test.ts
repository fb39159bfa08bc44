import { expect, test } from 'vitest'
import { parseLine } from '../../tui/logs/parse-line.ts'
import { prettyLine } from '../../tui/logs/pretty.ts'

const pretty = (text: string): string => prettyLine({ process: 'feed', text, level: 30, time: 0, key: 0, arrival: 0 })

test('a line is its message and its other members, on one line', () => {
  expect(pretty('{"level":30,"time":1,"pid":2,"hostname":"h","msg":"bars read","bars":3}')).toBe('bars read {"bars":3}')
})

test('a stack stays on the line', () => {
  const text = pretty(
    JSON.stringify({ level: 50, time: 1, msg: 'failed', err: { type: 'Error', message: 'bad', stack: 'Error: bad\n    at a.ts:1' } }),
  )
  expect(text).not.toContain('\n')
  expect(text).toContain('a.ts:1')
})

test.each(['no json', '{"half":', '[1,2]', '"text"', 'null', '{}', ''])('%s is shown and breaks nothing', (text) => {
  expect(typeof pretty(text)).toBe('string')
  expect(pretty(text)).not.toContain('\n')
})

test.each([
  { text: '{"level":40,"time":1700000000000,"msg":"x"}', level: 40, time: 1_700_000_000_000 },
  { text: '{"level":"error","time":"2026-01-01T00:00:00.000Z"}', level: 50, time: 1_767_225_600_000 },
  { text: '{"msg":"level last","time":5,"level":20}', level: 20, time: 5 },
  { text: `{"level":50,"time":7,"msg":"${'x'.repeat(50)}… (cut`, level: 50, time: 7 },
  { text: 'no json', level: 30, time: null },
  { text: '{"level":"constructor","time":null}', level: 30, time: null },
  { text: '{broken', level: 30, time: null },
])('level and time of $text', ({ text, level, time }) => {
  expect(parseLine(text)).toEqual({ level, time })
})
