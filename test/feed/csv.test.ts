import { describe, expect, onTestFinished, test } from 'vitest'
import { createCsvReader, LINE_BYTES_MAX, NEED_MORE } from '../../engine/feed/csv.ts'
import { parseDecimal } from '../../engine/feed/decimal.ts'
import { FIELD, ruleName } from '../../engine/feed/firewall.ts'
import { readHeader } from '../../engine/feed/header.ts'
import { openReplayFile } from '../../engine/feed/replay-file.ts'
import { commonDistance, symbolOfName, timeframeOfName } from '../../engine/feed/source-name.ts'
import { parseTime, recogniseTime, type TimeKind } from '../../engine/feed/time-form.ts'
import { ExitError } from '../../src/exit.ts'
import { seeded } from '../../src/random.ts'
import { candleFile, folder, HEADER, INSTRUMENTS, quietRows, START, WALL } from './fakes.ts'

type Found = { readonly rule: string; readonly values: readonly number[]; readonly last: boolean }

/** Every row of a text, given in blocks of so many bytes. */
const rowsOf = (body: string | Uint8Array, { header = HEADER, times = 'ms' as TimeKind, block = 7, end = 'end' as 'end' | 'torn' } = {}): Found[] => {
  const reader = createCsvReader(readHeader('test.csv', header), times)
  const bytes = Buffer.from(body as string)
  const found: Found[] = []
  for (let at = 0; at < bytes.length; at += block) {
    reader.give(bytes.subarray(at, at + block), at + block >= bytes.length ? end : 'more')
    for (let rule = reader.next(); rule !== NEED_MORE; rule = reader.next()) {
      found.push({ rule: rule === 0 ? 'row' : ruleName(rule), values: [...reader.values], last: reader.isLast() })
    }
  }
  expect(reader.row()).toBe(found.length)
  return found
}

const rulesOf = (...given: Parameters<typeof rowsOf>): string[] => rowsOf(...given).map(({ rule }) => rule)

describe('numbers', () => {
  const random = seeded(7)
  const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(random.next() * 10)).join('')
  const drawn = (): string => {
    const form = random.next()
    if (form < 0.6) return `${digits(1 + Math.floor(random.next() * 9))}.${digits(1 + Math.floor(random.next() * 8))}`
    if (form < 0.7) return digits(1 + Math.floor(random.next() * 18))
    if (form < 0.8) return `0.${'0'.repeat(Math.floor(random.next() * 20))}${digits(1 + Math.floor(random.next() * 12))}`
    if (form < 0.9) return String(10 ** (random.next() * 40 - 20) * (random.next() < 0.5 ? -1 : 1)) // exponents, 17 digits, signs
    return `${digits(12)}.${digits(12)}` // more than a double holds
  }

  test('100,000 of them are the very doubles that Number() makes', () => {
    const texts = Array.from({ length: 100_000 }, drawn)
    const lines: string[] = []
    for (let at = 0; at < texts.length; at += 5) lines.push(`1514764800000,${texts.slice(at, at + 5).join(',')}`)
    const found = rowsOf(`${lines.join('\n')}\n`, { block: 65_536 })
    expect(found).toHaveLength(20_000)
    let wrong = 0
    for (const [row, { values }] of found.entries()) {
      for (let column = 0; column < 5; column += 1) {
        const text = texts[row * 5 + column] as string
        if (!Object.is(values[column + 1], Number(text))) wrong += 1
      }
    }
    expect(wrong).toBe(0)
  })

  test.each([
    ['1.5', 1.5],
    [' 2 ', 2],
    ['+3', 3],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1_000],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['', null],
    [' ', null],
    ['0x10', null],
    ['1,5', null],
    ['1 000', null],
    ['12abc', null],
    ['null', null],
    ['--1', null],
  ])('%j is %s', (text, value) => {
    expect(parseDecimal(text)).toBe(value)
  })
})

describe('rows', () => {
  const good = '1514764800000,1,2,0.5,1.5,3'

  test('blocks may cut anywhere', () => {
    const body = `${quietRows(50).join('\n')}\n`
    const whole = rowsOf(body, { block: 1_000_000 })
    for (const block of [1, 2, 3, 5, 64, 100]) expect(rowsOf(body, { block })).toEqual(whole)
    expect(whole.map(({ last }) => last)).toEqual([...Array<boolean>(49).fill(false), true])
  })

  test.each([
    { says: 'a line end as on Windows', body: `${good}\r\n${good}\r\n`, rules: ['row', 'row'] },
    { says: 'no line end at the end', body: `${good}\n${good}`, rules: ['row', 'row'] },
    { says: 'empty lines are no rows', body: `\n${good}\n\r\n\n${good}\n\n`, rules: ['row', 'row'] },
    { says: 'quotes', body: `"1514764800000","1","2","0.5","1.5","3"\n`, rules: ['row'] },
    { says: 'a field too few', body: '1514764800000,1,2,0.5,1.5\n', rules: ['structure'] },
    { says: 'a field too many', body: `${good},9\n`, rules: ['structure'] },
    { says: 'no volume', body: '1514764800000,1,2,0.5,1.5,\n', rules: ['type'] },
    { says: 'words', body: 'the end is near\n', rules: ['structure'] },
    { says: 'a word for a price', body: '1514764800000,1,high,0.5,1.5,3\n', rules: ['type'] },
    { says: 'NaN is a number for the firewall', body: '1514764800000,1,NaN,0.5,1.5,3\n', rules: ['row'] },
    { says: 'a time that is none', body: 'yesterday,1,2,0.5,1.5,3\n', rules: ['type'] },
    { says: 'binary', body: '\u0000\u0001\u0002,\u0003\n', rules: ['structure'] },
    { says: 'a quote that never ends', body: `"${good}\n${good}\n`, rules: ['structure', 'row'] },
    { says: 'a good row after each of them', body: `x\n${good}\n,,,,,\n${good}\n`, rules: ['structure', 'row', 'type', 'row'] },
  ])('$says', ({ body, rules }) => {
    expect(rulesOf(body)).toEqual(rules)
    expect(rulesOf(body, { block: 1 })).toEqual(rules)
  })

  test('the last row of a file that broke off is not believed', () => {
    expect(rulesOf(`${good}\n1514764860000,1,2,0.5,1.5,3`, { end: 'torn' })).toEqual(['row', 'structure'])
    expect(rulesOf(`${good}\n`, { end: 'torn' })).toEqual(['row'])
  })

  test('a file without line ends is one bad row and costs no memory', () => {
    const reader = createCsvReader(readHeader('test.csv', HEADER), 'ms')
    const block = Buffer.alloc(262_144, 0x37)
    for (let count = 0; count < 400; count += 1) {
      reader.give(block, 'more')
      expect(reader.next()).toBe(NEED_MORE)
    }
    reader.give(Buffer.from(`\n${good}\n`), 'end')
    expect(ruleName(reader.next())).toBe('structure')
    expect(reader.text().length).toBeLessThanOrEqual(LINE_BYTES_MAX)
    expect(reader.next()).toBe(0)
    expect(reader.isLast()).toBe(true)
    expect(reader.next()).toBe(NEED_MORE)
  }, 20_000)

  test('skipping counts the rows that reading would have', () => {
    const body = Buffer.from(`a\n\n${good}\r\n\r\n,,\n${good}\n${good}`)
    const reader = createCsvReader(readHeader('test.csv', HEADER), 'ms')
    reader.give(body.subarray(0, 20), 'more')
    let skipped = reader.skip(4)
    reader.give(body.subarray(20), 'end')
    skipped += reader.skip(4 - skipped)
    expect([skipped, reader.row()]).toEqual([4, 4])
    expect([reader.next(), reader.row(), reader.isLast(), reader.next()]).toEqual([0, 5, true, NEED_MORE])
  })

  test('columns may be in any order, with others between them', () => {
    const [row] = rowsOf('3,x,1.5,2,"a,b",0.5,1,1514764800\n', { header: 'Vol,Note,C,High,Other,L,open,Date', times: 's' })
    expect(row).toMatchObject({ rule: 'row', values: [1_514_764_800_000, 1, 2, 0.5, 1.5, 3] })
  })

  test.each([
    { times: 's' as TimeKind, cell: '1514764800.5', ms: 1_514_764_800_500 },
    { times: 'iso' as TimeKind, cell: '2018-01-01T00:00:00Z', ms: START },
    { times: 'mdy' as TimeKind, cell: '1/1/2018', ms: START },
    { times: 'ms' as TimeKind, cell: '1.5147648e12', ms: START },
  ])('a time of $cell', ({ times, cell, ms }) => {
    expect(rowsOf(`${cell},1,2,0.5,1.5,3\n`, { times })[0]?.values[FIELD.time]).toBe(ms)
  })
})

describe('times', () => {
  test.each<[TimeKind, string, string | null]>([
    ['iso', '2018-01-01', '2018-01-01T00:00:00.000Z'],
    ['iso', '2020-12-15 09:30', '2020-12-15T09:30:00.000Z'],
    ['iso', '2020-12-15T09:30:01.25Z', '2020-12-15T09:30:01.250Z'],
    ['iso', '2020-12-15 09:30:00+02:00', '2020-12-15T07:30:00.000Z'],
    ['iso', '2020-12-15 09:30:00 UTC', '2020-12-15T09:30:00.000Z'],
    ['iso', '2020-02-29', '2020-02-29T00:00:00.000Z'],
    ['iso', '2019-02-29', null],
    ['iso', '2020-13-01', null],
    ['iso', '2020-12-15 25:00', null],
    ['iso', '15.12.2020', null],
    ['mdy', '1/3/2017', '2017-01-03T00:00:00.000Z'],
    ['mdy', '01/03/17', '2017-01-03T00:00:00.000Z'],
    ['mdy', '12/31/99', '1999-12-31T00:00:00.000Z'],
    ['mdy', '1/3/2017 4:05 PM', '2017-01-03T16:05:00.000Z'],
    ['mdy', '1/3/2017 12:05 AM', '2017-01-03T00:05:00.000Z'],
    ['mdy', '31/12/2017', null],
    ['dmy', '31/12/2017', '2017-12-31T00:00:00.000Z'],
    ['ms', 'soon', null],
    ['ms', '', null],
  ])('%s %s is %s', (kind, text, iso) => {
    const time = parseTime(kind, text)
    expect(Number.isNaN(time) ? null : new Date(time).toISOString()).toBe(iso)
  })

  test.each<[string, readonly string[], TimeKind | null, boolean]>([
    ['milliseconds', ['1514764800000', '1514764860000'], 'ms', false],
    ['seconds', ['1514764800', '1514764860'], 's', false],
    ['a wrong one among the first', ['0', '1514764800', '1514764860'], 's', false],
    ['two units', ['1514764800', '1514764860', '1514764920000'], 's', true],
    ['microseconds are none', ['1514764800000000'], null, false],
    ['words are none', ['soon', ''], null, false],
    ['a compact date is none', ['20150401'], null, false],
    ['month first, by the 13th', ['1/12/2017', '1/13/2017'], 'mdy', false],
    ['day first, by the 13th', ['12/1/2017', '13/1/2017'], 'dmy', false],
    ['nothing says which comes first', ['1/2/2017', '1/3/2017'], 'mdy', true],
  ])('recognised: %s', (_, cells, kind, ambiguous) => {
    const form = recogniseTime(cells)
    expect(form?.kind ?? null).toBe(kind)
    if (form !== null) expect(form.ambiguous).toBe(ambiguous)
  })
})

describe('headers', () => {
  test.each([
    't,open,high,low,close,volume',
    'Timestamp,Open,High,Low,Close,Volume',
    'DATE;O;H;L;C;V',
    'v\tc\tl\th\to\ttime',
    ',Open,High,Low,Close,Volume',
  ])('%j will do', (line) => {
    expect([...readHeader('f.csv', line).roles].sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('columns without a use are named', () => {
    expect(readHeader('f.csv', 'unix,date,symbol,open,high,low,close,volume,adj_close').ignored).toEqual(['date', 'adj_close'])
  })

  test.each([
    ['t,open,high,low,close', /f\.csv, line 1: .*missing volume; found "t,open,high,low,close"/],
    ['1514764800000,1,2,0.5,1.5,3', /f\.csv, line 1: .*missing time, open/],
    ['{"t":1}', /line 1/],
    ['\u0000\u001b[31m', /found "\\x00\\x1b\[31m"/],
  ])('%j is refused with the place and what was found', (line, message) => {
    expect(() => readHeader('f.csv', line)).toThrow(message)
    expect(() => readHeader('f.csv', line)).toThrow(expect.objectContaining({ code: 78 }))
  })
})

describe('names', () => {
  test.each([
    ['bitfinex_BTCUSD_1m_2017.csv.gz', 'BTCUSD', '1m'],
    ['/a/ETHUSD_5m_x/btc-usd_15m.csv', 'BTCUSD', '15m'],
    ['candles.csv', null, null],
    ['SOLUSD.csv', 'SOLUSD', null],
  ])('%s', (file, symbol, timeframe) => {
    expect(symbolOfName(file, INSTRUMENTS)?.symbol ?? null).toBe(symbol)
    expect(timeframeOfName(file)).toBe(timeframe)
  })

  test('the commonest distance is the timeframe', () => {
    expect(commonDistance([0, 60, 120, 300, 360, 300, 420])).toBe(60)
    expect(commonDistance([0, 60, 180])).toBe(60)
    expect(commonDistance([5, 4, 3])).toBeNull()
  })
})

describe('opening a file', () => {
  const open = (file: string, settings: Record<string, unknown> = {}) =>
    openReplayFile({ kind: 'replay', file, speed: 'max', ...settings }, INSTRUMENTS, WALL)
  const failure = async (file: string, settings: Record<string, unknown> = {}): Promise<ExitError> => {
    const error: unknown = await open(file, settings).then(
      ({ blocks }) => blocks.close(),
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ExitError)
    expect((error as ExitError).code).toBe(78)
    return error as ExitError
  }

  test('everything about it is found out and can be said in one line', async () => {
    const at = folder(onTestFinished)
    const file = await open(candleFile(`${at}/x_BTCUSD_1m.csv.gz`, `\ufeff${HEADER}\r\n${quietRows(5).join('\r\n')}`))
    file.blocks.close()
    expect(file).toMatchObject({
      gzip: true,
      timeframeMs: 60_000,
      timeframeFrom: 'file name',
      symbolFrom: 'file name',
      begins: START,
      distanceMs: 60_000,
    })
    expect(file.instrument?.symbol).toBe('BTCUSD')
  })

  test('settings come before the name, and the rows before nothing', async () => {
    const at = folder(onTestFinished)
    const path = candleFile(`${at}/BTCUSD.csv`, `${HEADER}\n${quietRows(5).join('\n')}\n`)
    const file = await open(path, { symbol: 'ETHUSD' })
    file.blocks.close()
    expect(file).toMatchObject({ timeframeFrom: 'rows', timeframeMs: 60_000, symbolFrom: 'settings' })
    expect(file.instrument?.symbol).toBe('ETHUSD')
  })

  test.each<{ says: string; name: string; content: string | Uint8Array; settings?: Record<string, unknown>; message: RegExp }>([
    { says: 'an empty one', name: 'BTCUSD.csv', content: '', message: /BTCUSD\.csv, line 1: the file is empty/ },
    { says: 'binary garbage', name: 'BTCUSD.csv', content: Buffer.from([0, 1, 2, 0xff, 0xfe, 10, 3, 0x1b]), message: /line 1: expected a header/ },
    { says: 'a megabyte without a line end', name: 'BTCUSD.csv', content: 'x'.repeat(1_000_000), message: /line 1: expected a header/ },
    { says: 'a gzip that is none', name: 'BTCUSD.csv', content: Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9]), message: /cannot be read/ },
    {
      says: 'a name without a symbol',
      name: 'candles.csv',
      content: `${HEADER}\n${quietRows(3).join('\n')}`,
      message: /none of the configured symbols/,
    },
    {
      says: 'a symbol nobody knows',
      name: 'x.csv',
      content: `${HEADER}\n${quietRows(3).join('\n')}`,
      settings: { symbol: 'DOGEUSD' },
      message: /DOGEUSD/,
    },
    {
      says: 'times in no known form',
      name: 'BTCUSD.csv',
      content: `${HEADER}\nsoon,1,1,1,1,1\n`,
      message: /line 2: no known form of time: found "soon"/,
    },
    { says: 'one row and no timeframe', name: 'BTCUSD.csv', content: `${HEADER}\n${quietRows(1).join('\n')}\n\n`, message: /how long a candle is/ },
  ])('$says is refused with what was found', async ({ name, content, settings, message }) => {
    const at = folder(onTestFinished)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${at}/${name}`, content)
    expect((await failure(`${at}/${name}`, settings)).message).toMatch(message)
  })

  test('a folder, or nothing at all, is refused', async () => {
    const at = folder(onTestFinished)
    expect((await failure(at)).message).toMatch(/is a folder/)
    expect((await failure(`${at}/none.csv`)).message).toMatch(/cannot be opened/)
  })
})
