import { expect, test } from 'vitest'
import { parseLine } from '../../tui/logs/parse-line.ts'

test.each([
  { says: 'pino', text: '{"level":50,"time":1795183331000,"msg":"x"}', level: 50, time: 1_795_183_331_000 },
  { says: 'another order', text: '{"msg":"x","time":1795183331000,"level":50}', level: 50, time: 1_795_183_331_000 },
  { says: 'one that was cut', text: '{"level":50,"time":1795183331000,"msg":"xxxx… (cut', level: 50, time: 1_795_183_331_000 },
  { says: 'one of another order that was cut', text: '{"time":1795183331000,"level": 50,"msg":"xxxx… (cut', level: 50, time: 1_795_183_331_000 },
  { says: 'one that names neither', text: '{"msg":"xxxx… (cut', level: 30, time: null },
  { says: 'no JSON', text: 'level":50', level: 30, time: null },
  { says: 'a level without an end', text: '{"level":99999999,"msg', level: 30, time: null },
])('level and time of $says', ({ text, level, time }) => {
  expect(parseLine(text)).toEqual({ level, time })
})
