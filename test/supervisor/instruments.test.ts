import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { numberInstruments } from '../../engine/supervisor/instruments.ts'
import { tempFolder } from '../helpers/temp.ts'

const spec = (symbol: string, tick = '0.01', lot = '0.001') => ({ symbol, tick, lot, minNotional: '5', calendar: '24x7' as const, sector: null })

const fresh = (): string => join(tempFolder(), 'instruments.json')

test('numbers are given in the order of the settings, and once', () => {
  const path = fresh()
  expect(numberInstruments(path, [spec('BTCUSD'), spec('ETHUSD')], false).map(({ id, symbol }) => [id, symbol])).toEqual([
    [0, 'BTCUSD'],
    [1, 'ETHUSD'],
  ])
  // Another order, one less, one more: known ones keep theirs, and the one that is not traded any more keeps its number too.
  expect(numberInstruments(path, [spec('SOLUSD'), spec('ETHUSD')], true).map(({ id, symbol }) => [id, symbol])).toEqual([
    [0, 'BTCUSD'],
    [1, 'ETHUSD'],
    [2, 'SOLUSD'],
  ])
})

test.each([
  { says: 'tick', changed: spec('BTCUSD', '0.1') },
  { says: 'lot', changed: spec('BTCUSD', '0.01', '0.01') },
  { says: 'smallest order value', changed: { ...spec('BTCUSD'), minNotional: '10', calendar: '24x7' as const, sector: null } },
])('another $says of a known instrument is refused, and the file stays', ({ changed }) => {
  const path = fresh()
  numberInstruments(path, [spec('BTCUSD')], false)
  const before = readFileSync(path, 'utf8')
  expect(() => numberInstruments(path, [changed, spec('NEWUSD')], true)).toThrow(
    expect.objectContaining({ code: 78, message: expect.stringContaining('BTCUSD') }),
  )
  expect(readFileSync(path, 'utf8')).toBe(before)
})

test('a missing file is made for a new instance, and refused beside a tape', () => {
  const path = fresh()
  expect(() => numberInstruments(path, [spec('BTCUSD')], true)).toThrow(expect.objectContaining({ code: 65 }))
  expect(numberInstruments(path, [spec('BTCUSD')], false)).toMatchObject([{ id: 0 }])
  expect(existsSync(path)).toBe(true)
})

test.each(['', '{', '[{"id":0}]', '{"id":0}'])('a damaged file (%j) is refused: the numbers of tape and ledger are in it', (text) => {
  const path = fresh()
  writeFileSync(path, text)
  expect(() => numberInstruments(path, [spec('BTCUSD')], true)).toThrow(expect.objectContaining({ code: 65 }))
  expect(existsSync(path)).toBe(true)
})
