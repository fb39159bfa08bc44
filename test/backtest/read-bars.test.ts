import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { readBars } from '../../engine/backtest/read-bars.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { barsOn, candleFile, fakeClock, folder, HEADER, INSTRUMENTS, MINUTE, quietRows, rejectsOn, replayWhole, START } from '../feed/fakes.ts'

const read = (file: string, barsMax?: number) =>
  readBars({
    file: { kind: 'replay', file, speed: 'max' },
    instruments: INSTRUMENTS,
    clock: fakeClock().clock,
    ...(barsMax === undefined ? {} : { barsMax }),
  })

/** A bar as it is but for the moment at which a process took it in. */
const timeless = ({ ingestTime: _, ...bar }: Bar) => bar

const broken = (): string[] => {
  const rows = quietRows(300)
  rows[20] = `${START + 20 * MINUTE},100,99,101,100,1` // high below low
  rows[40] = 'nonsense'
  rows[60] = `${START + 59 * MINUTE},100,101,99,100,1` // again the minute before
  rows[80] = `${START + 40_000_000 * MINUTE},100,101,99,100,1` // another century
  rows.splice(100, 30) // a gap
  return rows
}

test('the bars are those that the feed puts on its tape, and as many rows are refused', async () => {
  const file = candleFile(join(folder(onTestFinished), 'BTCUSD_1m.csv'), `${[HEADER, ...broken()].join('\n')}\n`)
  const { disk } = await replayWhole({ file })
  const { bars, rejects, rejectsByRule, failure, timeframeMs } = await read(file)
  expect(bars.map(timeless)).toEqual(barsOn(disk).map(timeless))
  expect(rejects).toBe(rejectsOn(disk).length)
  expect(rejects).toBe(4)
  expect(Object.values(rejectsByRule).reduce((sum, count) => sum + count, 0)).toBe(rejects)
  expect({ failure, timeframeMs }).toEqual({ failure: null, timeframeMs: MINUTE })
})

test('reading ends at as many bars as are asked for', async () => {
  const file = candleFile(join(folder(onTestFinished), 'BTCUSD_1m.csv'), `${[HEADER, ...quietRows(50)].join('\n')}\n`)
  const { bars } = await read(file, 7)
  expect(bars.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('a file that is torn says so, beside the bars before the tear', async () => {
  const whole = gzipSync(`${[HEADER, ...quietRows(40_000)].join('\n')}\n`)
  const path = join(folder(onTestFinished), 'BTCUSD_1m.csv')
  const { bars, failure } = await read(candleFile(path, whole.subarray(0, whole.length - 2_000)))
  expect(bars.length).toBeGreaterThan(0)
  expect(bars.length).toBeLessThan(40_000)
  expect(failure).not.toBeNull()
})
