import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BarFlag } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import {
  barsOn,
  candleFile,
  disk,
  fakeClock,
  folder,
  fuse,
  HEADER,
  INSTRUMENTS,
  instrument,
  MINUTE,
  quietRows,
  rejectsOn,
  replayWhole,
  ringMemory,
  START,
  startFeed,
  takeFrom,
} from './fakes.ts'

const file = (rows: readonly string[], name = 'x_BTCUSD_1m.csv'): string =>
  candleFile(`${folder(onTestFinished)}/${name}`, `${[HEADER, ...rows].join('\n')}\n`)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** Rows with everything in them that real files have, from one seed. */
const dirtyRows = (count: number, seed: number): string[] => {
  const random = seeded(seed)
  const rows: string[] = []
  let minute = 0
  while (rows.length < count) {
    const kind = random.next()
    minute += kind > 0.97 ? 1 + Math.floor(random.next() * 200) : 1
    const [row = ''] = quietRows(1, START + minute * MINUTE)
    rows.push(row)
    if (kind < 0.02)
      rows.push(row) // doubled
    else if (kind < 0.04) rows.push(row.replace(/,[^,]*$/, ',NaN'))
    else if (kind < 0.06) rows.push(row.replace(',100,', ',-100,'))
    else if (kind < 0.08)
      rows.push(`${START + (minute - 5) * MINUTE},1,1,1,1,1`) // late
    else if (kind < 0.1) rows.push('garbage', '')
    else if (kind < 0.11) {
      for (const step of upTo(4)) rows.push(`${START + (minute + step) * MINUTE},900,900,900,900,${step}`) // a new level
      minute += 4
    }
    if (kind >= 0.11 && kind < 0.12) rows.push(`${START + (minute + 500) * MINUTE},100,100,100,100,1`) // a time that was mistyped
  }
  return rows
}

describe('a replay', () => {
  test('every row becomes a bar with its sequence, row, times and flags', async () => {
    const { disk: on, brain, orchestrator, view } = await replayWhole({ file: file(quietRows(600)) })
    const bars = barsOn(on)
    expect(bars.map(({ sequence }) => sequence)).toEqual(upTo(600))
    expect(brain.taken).toEqual(upTo(600))
    expect(orchestrator.taken).toEqual(upTo(600))
    expect(bars[0]).toMatchObject({
      row: 1,
      instrument: 1,
      time: START,
      eventTime: START + MINUTE,
      timeframeMs: MINUTE,
      flags: BarFlag.closed | BarFlag.replayed,
    })
    expect(bars.at(-1)?.flags).toBe(BarFlag.closed | BarFlag.replayed | BarFlag.last)
    expect(view).toMatchObject({
      source: 'replay x_BTCUSD_1m.csv max',
      state: 'ended',
      rows: 600,
      bars: 600,
      rejects: 0,
      gaps: 0,
      clock: START + 600 * MINUTE,
    })
    expect(view.instruments).toMatchObject([{ symbol: 'BTCUSD', timeframe: '1m', bars: 600, lastPrice: '105.00', stale: false, ageMs: 0 }])
  })

  test('gzip and plain give the same', async () => {
    const rows = dirtyRows(2_000, 3)
    const plain = await replayWhole({ file: file(rows) })
    const packed = await replayWhole({ file: file(rows, 'x_BTCUSD_1m.csv.gz') })
    expect(packed.disk.rows).toEqual(plain.disk.rows)
    expect(packed.view).toEqual({ ...plain.view, source: 'replay x_BTCUSD_1m.csv.gz max' })
  })

  test('rows = bars + rejects, and each reject has its row and its reason', async () => {
    const [a = '', b = '', c = '', d = '', e = ''] = quietRows(5)
    const rows = [
      a,
      b,
      b,
      a,
      'x',
      c.replace(/^[^,]*/, 'noon'),
      c.replace(/,[^,]*$/, ',-1'),
      c,
      `${START + 3 * MINUTE},1,1,1,1,1`,
      d,
      e.replace(/^\d+/, (time) => String(Number(time) + 1)),
    ]
    const { disk: on, view } = await replayWhole({ file: file(rows) })
    expect(rejectsOn(on).map(({ row, rule }) => [row, rule])).toEqual([
      [3, 'duplicate'],
      [4, 'order'],
      [5, 'structure'],
      [6, 'type'],
      [7, 'volume'],
      [9, 'jump'],
      [11, 'grid'],
    ])
    expect(barsOn(on).map(({ row }) => row)).toEqual([1, 2, 8, 10])
    expect(view).toMatchObject({
      rows: 11,
      bars: 4,
      rejects: 7,
      rejectsByRule: { duplicate: 1, order: 1, structure: 1, type: 1, volume: 1, jump: 1, grid: 1 },
    })
  })

  test('a real gap passes with its mark; a time from which the file goes back does not, nor 1970, nor 5138', async () => {
    const rows = quietRows(8, START)
    const weekend = quietRows(3, START + 66 * 60 * MINUTE)
    const wrong = ['100000000020000', '0', String(START + 5 * 24 * 60 * MINUTE)].map((time) => rows[0]?.replace(/^\d+/, time) ?? '')
    const { disk: on, view } = await replayWhole({ file: file([...rows.slice(0, 4), ...wrong, ...rows.slice(4), ...weekend]) })
    expect(rejectsOn(on).map(({ row, rule }) => [row, rule])).toEqual([
      [5, 'future'],
      [6, 'past'],
      [7, 'future'],
    ])
    expect(barsOn(on).filter(({ flags }) => flags & BarFlag.afterGap)).toMatchObject([{ row: 12 }])
    expect(view.gaps).toBe(1)
  })

  test('a wrong first time does not shut out the true ones', async () => {
    const rows = quietRows(20)
    const { view } = await replayWhole({ file: file([rows[0]?.replace(/^\d+/, String(START + 2_000 * 86_400_000)) ?? '', ...rows]) })
    expect(view).toMatchObject({ rows: 21, bars: 20, rejectsByRule: { future: 1 } })
  })

  test('a gap that the file ends with is believed, and is the last bar', async () => {
    const { disk: on } = await replayWhole({ file: file([...quietRows(3), ...quietRows(1, START + 300 * MINUTE)]) })
    expect(barsOn(on).at(-1)).toMatchObject({ row: 4, flags: BarFlag.closed | BarFlag.replayed | BarFlag.afterGap | BarFlag.last })
  })

  test('a header alone is a replay that has ended', async () => {
    const { view, lines } = await replayWhole({ file: file([]) })
    expect(view).toMatchObject({ state: 'ended', rows: 0, bars: 0, rejects: 0 })
    expect(lines.filter(({ text }) => /has ended/.test(text))).toHaveLength(1)
  })

  test('a gzip that breaks off gives what is whole, then says that it failed and stays up', async () => {
    const path = `${folder(onTestFinished)}/x_BTCUSD_1m.csv.gz`
    const random = seeded(9)
    const rows = quietRows(60_000).map((row) => row.replace(/[^,]*$/, String(random.next())))
    const packed = gzipSync([HEADER, ...rows].join('\n'))
    writeFileSync(path, packed.subarray(0, packed.length - 200_000))
    const { view, how, lines } = await replayWhole({ file: path })
    expect(how).toMatch(/^failed: /)
    expect(view.bars).toBeGreaterThan(10_000)
    expect(view.bars + view.rejects).toBe(view.rows)
    expect(view.rejects).toBeLessThanOrEqual(1)
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('a column of symbols chooses the instrument; those that nobody configured are refused', async () => {
    const rows = quietRows(4).flatMap((row) => [`${row},BTC/USD`, `${row},ethusd`, `${row},DOGEUSD`])
    const at = candleFile(`${folder(onTestFinished)}/all_1m.csv`, [`${HEADER},symbol`, ...rows].join('\n'))
    const { disk: on, view } = await replayWhole({ file: at })
    expect(barsOn(on).map(({ instrument: id }) => id)).toEqual([1, 2, 1, 2, 1, 2, 1, 2])
    expect(view).toMatchObject({ rows: 12, bars: 8, rejectsByRule: { symbol: 4 } })
    expect(view.instruments.map(({ symbol, bars }) => [symbol, bars])).toEqual([
      ['BTCUSD', 4],
      ['ETHUSD', 4],
    ])
    const one = await replayWhole({ file: at, symbol: 'ETHUSD' })
    expect(one.view).toMatchObject({ rows: 12, bars: 4, rejectsByRule: { symbol: 8 } })
  })

  test('one reject a minute is worth a line', async () => {
    const { lines } = await replayWhole({ file: file([...quietRows(2), ...Array<string>(50).fill('x')]) })
    expect(lines.filter(({ text }) => /refused by the data firewall/.test(text))).toMatchObject([
      { fields: { rule: 'structure', row: 3, passedOver: 0, sample: 'x' } },
    ])
  })

  test('it is ready once the header is understood, before any bar', async () => {
    const { sent } = await replayWhole({ file: file(quietRows(3)) })
    expect(sent[0]).toMatchObject({ kind: 'ready', evidence: expect.stringContaining('BTCUSD (file name), 1m (file name), times in milliseconds') })
    expect(sent[1]).toMatchObject({ kind: 'view', changes: { feed: { bars: 0 } } })
  })
})

describe('full rings', () => {
  test('a replay waits for both readers and loses nothing', async () => {
    const [brain, orchestrator] = [ringMemory(8), ringMemory(16)]
    const random = seeded(1)
    let waits = 0
    const onSleep = (): void => {
      waits += 1
      takeFrom(random.next() < 0.5 ? brain : orchestrator, 1 + Math.floor(random.next() * 8))
    }
    const { view } = await replayWhole({ file: file(quietRows(500)) }, { brain, orchestrator, onSleep })
    takeFrom(orchestrator, 16)
    expect([brain.taken, orchestrator.taken]).toEqual([upTo(500), upTo(500)])
    expect([brain.overruns, orchestrator.overruns, view.overruns]).toEqual([0, 0, 0])
    expect(waits).toBeGreaterThan(50)
  })

  test('it says that it waits, and a reader that is given up is not waited for', async () => {
    const [brain, orchestrator] = [ringMemory(8), ringMemory(16)]
    const slept: string[] = []
    const run: { now?: Awaited<ReturnType<typeof startFeed>> } = {}
    const onSleep = async (): Promise<void> => {
      takeFrom(orchestrator, 16)
      slept.push('slept')
      if (slept.length === 20) run.now?.handle.onMessage({ kind: 'sibling', name: 'brain', state: 'failed' })
      await new Promise(setImmediate)
    }
    run.now = await startFeed({ kind: 'replay', file: file(quietRows(200)), speed: 'max' }, { brain, orchestrator, onSleep })
    await run.now.over
    takeFrom(orchestrator, 16)
    expect(orchestrator.taken).toEqual(upTo(200))
    expect(brain.visible.length).toBe(8)
    expect(brain.overruns).toBe(200 - 8)
    expect(run.now.lastView()).toMatchObject({ bars: 200, overruns: 192 })
    await run.now.handle.drain('asked')
  })

  test('drained while it waits, it stops; the next feed goes on where it was', async () => {
    const on = disk()
    const brain = ringMemory(8)
    const rows = file(quietRows(50))
    const waiting = Promise.withResolvers<void>()
    const first = await startFeed({ kind: 'replay', file: rows, speed: 'max' }, { disk: on, brain, onSleep: () => waiting.resolve() })
    await waiting.promise
    await first.handle.drain('asked')
    expect(first.lastView().state).toBe('draining')
    takeFrom(brain, 8)
    await replayWhole({ file: rows }, { disk: on, brain, orchestrator: first.orchestrator })
    expect(brain.taken).toEqual(upTo(50))
    expect(barsOn(on).map(({ row }) => row)).toEqual(upTo(50))
  })
})

describe('a feed that is killed', () => {
  test('at any call of its ports, again and again, goes on without a hole or a double', async () => {
    const rows = dirtyRows(400, 11)
    const path = file(rows)
    const whole = await replayWhole({ file: path })
    const random = seeded(5)
    let kills = 0
    for (let round = 0; round < 25; round += 1) {
      const on = disk()
      const [brain, orchestrator] = [ringMemory(64), ringMemory(32)]
      const onSleep = (): void => {
        takeFrom(brain, 1 + Math.floor(random.next() * 64))
        takeFrom(orchestrator, 1 + Math.floor(random.next() * 32))
      }
      for (let how = 'killed'; how === 'killed'; ) {
        const world = { disk: on, brain, orchestrator, onSleep, fuse: fuse(Math.floor(random.next() * 400)) }
        const run = await replayWhole({ file: path }, world).catch((error: unknown) => {
          expect(String(error)).toMatch(/killed/) // before the loop began
          return { how: 'killed' }
        })
        how = run.how
        if (how === 'killed') kills += 1
      }
      expect(how(on)).toEqual(how(whole.disk))
      expect(brain.taken).toEqual(upTo(barsOn(on).length))
      expect(orchestrator.taken).toEqual(upTo(barsOn(on).length))
    }
    expect(kills).toBeGreaterThan(100)

    function how({ rows: accounted }: typeof whole.disk): unknown[] {
      return accounted.map((row) => ('sequence' in row ? { ...row, ingestTime: 0 } : row))
    }
  })

  test('after its end it has ended again, and nothing comes twice', async () => {
    const path = file(dirtyRows(200, 2))
    const first = await replayWhole({ file: path })
    const again = await replayWhole({ file: path }, { disk: first.disk, brain: first.brain, orchestrator: first.orchestrator })
    expect(again.view).toEqual({ ...first.view, consumed: first.view.bars, decided: again.view.decided })
    expect(again.brain.taken).toEqual(upTo(first.view.bars))
  })

  test('an engine that starts anew gets what its ledger does not have', async () => {
    const path = file(quietRows(100))
    const { disk: on } = await replayWhole({ file: path })
    const [brain, orchestrator] = [ringMemory(16), ringMemory(16)]
    for (const memory of [brain, orchestrator]) memory.published = memory.committed = 70 // where the ledger ends
    await replayWhole({ file: path }, { disk: on, brain, orchestrator })
    expect([brain.taken, orchestrator.taken]).toEqual([upTo(100).slice(70), upTo(100).slice(70)])
  })
})

test('a tape that ends before what the engine has dealt with is not gone on with', async () => {
  const brain = ringMemory(16)
  brain.published = 70
  await expect(startFeed({ kind: 'replay', file: file(quietRows(3)) }, { brain })).rejects.toMatchObject({ code: 65 })
})

describe('another source', () => {
  test('a record that cannot be read makes a new source of it: nothing is doubled', async () => {
    const path = file(quietRows(10))
    const first = await replayWhole({ file: path })
    first.disk.record = '{"source":'
    const second = await replayWhole({ file: path }, { disk: first.disk })
    expect(second.view).toMatchObject({ rows: 10, bars: 0, rejects: 10, rejectsByRule: { order: 9, duplicate: 1 } })
    expect(second.lines.filter(({ level }) => level === 'warn').map(({ text }) => text)).toContainEqual(expect.stringContaining('not readable'))
  })

  test('a file that has grown goes on behind its last row', async () => {
    const at = folder(onTestFinished)
    const path = candleFile(`${at}/x_BTCUSD_1m.csv`, `${[HEADER, ...quietRows(10)].join('\n')}\n`)
    const first = await replayWhole({ file: path })
    candleFile(path, `${[HEADER, ...quietRows(15)].join('\n')}\n`)
    const { view } = await replayWhole({ file: path }, { disk: first.disk })
    expect(view).toMatchObject({ rows: 15, bars: 15, rejects: 0 })
  })

  test('one year after the other: sequences go on, the counts are those of the source', async () => {
    const first = await replayWhole({ file: file(quietRows(10)) })
    const second = await replayWhole({ file: file(quietRows(5, START + 365 * 86_400_000)) }, { disk: first.disk })
    expect(barsOn(first.disk).map(({ sequence }) => sequence)).toEqual(upTo(15))
    expect(second.view).toMatchObject({ rows: 5, bars: 5, rejects: 0, instruments: [{ bars: 5 }] })
    expect(second.lines.filter(({ level, text }) => level === 'warn' && /another source/.test(text))).toHaveLength(1)
  })

  test('candles that are older than the tape are refused and counted', async () => {
    const first = await replayWhole({ file: file(quietRows(10)) })
    const second = await replayWhole({ file: file([...quietRows(5, START - 5 * MINUTE), ...quietRows(12)]) }, { disk: first.disk })
    expect(second.view).toMatchObject({ rows: 17, bars: 2, rejects: 15, rejectsByRule: { order: 14, duplicate: 1 } })
  })

  test('the same file as another instrument is another source', async () => {
    const path = file(quietRows(10))
    const first = await replayWhole({ file: path })
    const second = await replayWhole({ file: path, symbol: 'ETHUSD' }, { disk: first.disk })
    expect(second.view.rows).toBe(10)
    expect(second.view.rejectsByRule).toEqual({ order: 9 }) // the last one closes when the tape does
  })
})

describe('pace', () => {
  const paced = async (speed: number, rows: readonly string[], onTake?: (sequence: number, at: number) => void) => {
    const time = fakeClock()
    const memory = { brain: ringMemory(64), orchestrator: ringMemory(64) }
    const taken: number[] = []
    const take = (): void => {
      for (const { sequence } of memory.brain.visible) {
        taken.push(time.clock.monotonic())
        onTake?.(sequence, time.clock.monotonic())
      }
      takeFrom(memory.brain, 64)
      takeFrom(memory.orchestrator, 64)
    }
    const onSleep = (timeoutMs: number | undefined): void => {
      take()
      if (timeoutMs !== undefined) time.advance(timeoutMs)
    }
    const run = await replayWhole({ file: file(rows), speed }, { ...memory, clock: time, onSleep })
    return { ...run, taken, time }
  }

  test('a minute of data takes a second at speed 60, and a gap takes its time too', async () => {
    const rows = [...quietRows(3), ...quietRows(2, START + 10 * MINUTE)]
    const { brain, taken } = await paced(60, rows)
    expect(brain.taken).toEqual(upTo(5))
    expect(taken.slice(0, 4).map(Math.round)).toEqual([0, 1_000, 2_000, 10_000])
  })

  test('bars come one by one, each as soon as it is due', async () => {
    const { disk: on, time } = await paced(1_000, quietRows(100))
    expect(barsOn(on)).toHaveLength(100)
    expect(time.clock.monotonic()).toBeCloseTo((99 * MINUTE) / 1_000, 0)
  })
})

test('instruments may have any id', async () => {
  const { disk: on } = await replayWhole({ file: file(quietRows(3)) }, { instruments: [instrument(907, 'BTCUSD'), ...INSTRUMENTS.slice(1)] })
  expect(barsOn(on).map(({ instrument: id }) => id)).toEqual([907, 907, 907])
})
