/**
 * What the feed costs: the firewall per candle, the parser per row, and a restart at the end of a long file.
 * `node test/bench/firewall.ts`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openBlocks } from '../../engine/feed/blocks.ts'
import { createCsvReader, NEED_MORE } from '../../engine/feed/csv.ts'
import { createFirewall, FIELDS, NOT_LOOKED } from '../../engine/feed/firewall.ts'
import { readHeader } from '../../engine/feed/header.ts'
import { seeded } from '../../src/random.ts'
import { percentile, printFigures } from './table.ts'

const CANDLES = 520_000
const MINUTE = 60_000
const START = Date.UTC(2018, 0, 1)
const ROUNDS = 15
const HEADER = 't,open,high,low,close,volume'

const random = seeded(1)
let close = 13_763
const rows = Array.from({ length: CANDLES }, (_, index) => {
  const open = close
  close = Math.round(close * Math.exp(0.001 * random.normal()) * 100) / 100
  const high = Math.max(open, close) + 1
  const low = (Math.min(open, close) - 1).toFixed(8)
  return [START + index * MINUTE, open, high, low, close, (random.next() * 20).toFixed(8)].join(',')
})
const text = Buffer.from(`${rows.join('\n')}\n`)

/** Median of some rounds, after two that only warm up. */
const median = (round: () => number): number => percentile(Array.from({ length: ROUNDS }, round).slice(2), 0.5)

const candles = rows.map((row) => Float64Array.from(row.split(',').map(Number)))
// One array, as the parser has it; what copying costs is measured alone and taken off.
const values = new Float64Array(FIELDS)
const fill = (candle: Float64Array): void => {
  for (let field = 0; field < FIELDS; field += 1) values[field] = candle[field] as number
}

let sink = 0
const copying = median(() => {
  const started = performance.now()
  for (const candle of candles) {
    fill(candle)
    sink += values[1] as number
  }
  return ((performance.now() - started) / CANDLES) * 1e6
})

let refused = 0
const checking = median(() => {
  const firewall = createFirewall({ clock: 'data', timeframeMs: MINUTE, instruments: 1 })
  firewall.setNow(Date.UTC(2026, 0, 1))
  firewall.setClock(START)
  const started = performance.now()
  for (const candle of candles) {
    fill(candle)
    if (firewall.check(0, values, NOT_LOOKED) !== 0) refused += 1
  }
  return ((performance.now() - started) / CANDLES) * 1e6
})
if (refused > 0) throw new Error(`${refused} good candles were refused`)

const BLOCK = 262_144
const parsing = median(() => {
  const reader = createCsvReader(readHeader('bench', HEADER), 'ms')
  const started = performance.now()
  let count = 0
  for (let at = 0; at < text.length; at += BLOCK) {
    reader.give(text.subarray(at, at + BLOCK), at + BLOCK >= text.length ? 'end' : 'more')
    while (reader.next() !== NEED_MORE) count += 1
  }
  if (count !== CANDLES) throw new Error(`${count} rows of ${CANDLES}`)
  return (CANDLES / (performance.now() - started)) * 1_000
})

const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'))
try {
  const file = join(folder, 'candles.csv.gz')
  writeFileSync(file, gzipSync(text))
  const skips: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now()
    const reader = createCsvReader(readHeader('bench', HEADER), 'ms')
    const blocks = openBlocks(file, true)
    let skipped = 0
    for (let block = await blocks.next(); block !== null; block = await blocks.next()) {
      reader.give(block, 'more')
      skipped += reader.skip(CANDLES)
    }
    if (skipped !== CANDLES) throw new Error(`${skipped} rows of ${CANDLES}`)
    skips.push(performance.now() - started)
  }
  const skipping = percentile(skips, 0.5)
  const nanoseconds = Math.max(0, checking - copying)
  printFigures('Feed', [
    { what: 'firewall check per candle', value: `${nanoseconds.toFixed(1)} ns`, aim: '≤ 50 ns', met: nanoseconds <= 50 },
    {
      what: 'parser, plain rows',
      value: `${Math.round(parsing / 1_000).toLocaleString('en')},000 rows/s`,
      aim: '≥ 1,000,000 rows/s',
      met: parsing >= 1_000_000,
    },
    { what: 'pass over 520,000 rows of a gzip at a restart', value: `${skipping.toFixed(0)} ms`, aim: '≤ 400 ms', met: skipping <= 400 },
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (Number.isNaN(sink)) throw new Error('nothing was measured')
