/**
 * The figures of the console as it is bundled, in a real pseudo-terminal, beside a fake engine under an even load (12 symbols, a cycle in
 * ten seconds, 200 log lines a second): `npm run bench:console`, after `npm run build`. Figures that were committed for this kind of machine
 * are compared, and one that is 15 % worse fails.
 * AEGIS_BENCH=start,keys takes only some of the figures; AEGIS_BENCH_LONG=1 loads the console for ten minutes and stalls its terminal for
 * ten; AEGIS_BASELINE=write writes the figures that are to be committed, and AEGIS_BASELINE=off compares nothing.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { VIEWS } from '../../tui/store/views.ts'
import { haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { printAgainstBaseline, writeBaseline } from './console-baseline.ts'
import { beside } from './console-beside.ts'
import { big, flood } from './console-flood.ts'
import { loop } from './console-loop.ts'
import {
  type Engine,
  folder,
  KB,
  LOAD,
  MB,
  opened,
  openedOnScreen,
  over,
  peakOf,
  QUIET,
  quit,
  remark,
  root,
  rssOf,
  startEngine,
  taken,
  tell,
  told,
} from './console-rig.ts'
import { commands, start } from './console-start.ts'
import { percentile, printFigures } from './table.ts'

const KEYS = 150
const EVENTS = 30
const QUITS = 7
const IDLE_MS = 30_000
const FLOW_MS = 30_000
const LONG = process.env.AEGIS_BENCH_LONG === '1'
const STALL_S = LONG ? 600 : 20
const LOAD_MS = LONG ? 600_000 : 60_000
/** 200,000 lines and some. */
const FILL = { kind: 'load', changesPerSecond: 4, logLinesPerSecond: 8_000 } as const
const FILL_MS = 30_000
/** In each view, for what it reads or loads. */
const VISIT_MS = 250

/** From a key to the first byte of what it changed. A frame of the data may come first by chance, so only times right after quiet count. */
const keys = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  const pty = await opened(160, 48)
  const took: number[] = []
  const views: { readonly view: number; readonly ms: number }[] = []
  // Views that read files, or load charts, have done so once.
  for (let view = 8; view >= 1; view -= 1) {
    pty.write(String(view))
    await pause(VISIT_MS)
  }
  for (let index = 0; index < KEYS; index += 1) {
    pty.forget()
    const down = index % 2 === 0
    const from = performance.now()
    pty.write(down ? '\u001b[B' : '\u001b[A')
    took.push((await pty.until('a frame after the key', (text) => text.includes('\u001b[?2026l'))) - from)
    await pause(40 + ((index * 37) % 90))
  }
  for (let index = 0; index < KEYS / 3; index += 1) {
    const view = (index % 7) + 2
    pty.forget()
    const from = performance.now()
    pty.write(String(view))
    views.push({ view, ms: (await pty.until('a frame after the digit', (text) => text.includes('\u001b[?2026l'))) - from })
    await pause(100)
  }
  tell('key to new frame p50, under load', percentile(took, 0.5), 'ms', 10)
  tell('key to new frame p95, under load', percentile(took, 0.95), 'ms', 33)
  tell('key to new frame p99, under load', percentile(took, 0.99), 'ms', 60)
  tell(
    'view switch p95, under load',
    percentile(
      views.map(({ ms }) => ms),
      0.95,
    ),
    'ms',
    60,
  )
  const medians = VIEWS.flatMap((name, index) => {
    const own = views.filter(({ view }) => view === index + 1).map(({ ms }) => ms)
    return own.length === 0 ? [] : [`${name} ${percentile(own, 0.5).toFixed(0)}`]
  })
  remark('  p50 of each view in ms', medians.join(', '))
  await quit(pty)
  await engine.tell(QUIET)
}

/** With nothing to say but that time passes: one line a second, and no row but that of the clock. */
const idle = async (engine: Engine): Promise<void> => {
  await engine.tell(QUIET)
  const { pty, screen } = await openedOnScreen(80, 24)
  const before = screen.lines()
  const { cpu, bytesPerSecond } = await over(pty, IDLE_MS)
  const after = screen.lines()
  const changed = before.filter((line, row) => row > 0 && withoutAges(line) !== withoutAges(after[row] ?? '')).length
  tell('idle processor, clock once a second', cpu, '%', 2)
  tell('idle bytes, clock once a second', bytesPerSecond, 'B/s', 250)
  told.push({ what: 'rows that change while idle, but ages', value: String(changed), aim: '0', met: changed === 0 })
  if (changed > 0) console.log(before.map((line, row) => `${line}\n${after[row]}`).join('\n'))
  await quit(pty)
}
const withoutAges = (line: string): string =>
  line
    .replaceAll(/\d+/g, '#')
    .replaceAll(/#[smhd]( ?#[smhd])*/g, 'age')
    .replaceAll(/ +/g, ' ')

/** What one move of the selection costs, with nothing else to draw but the clock. */
const moves = async (engine: Engine): Promise<void> => {
  await engine.tell(QUIET)
  for (const [columns, rows, aim] of [
    [80, 24, 400],
    [160, 48, 700],
  ] as const) {
    const pty = await opened(columns, rows)
    const bytes: number[] = []
    for (let index = 0; index < 20; index += 1) {
      pty.forget()
      const before = pty.bytes()
      pty.write(index % 2 === 0 ? '\u001b[B' : '\u001b[A')
      await pty.until('a frame after the key', (text) => text.includes('\u001b[?2026l'))
      bytes.push(pty.bytes() - before)
      await pause(70)
    }
    tell(`selection moved p50, ${columns}x${rows}`, percentile(bytes, 0.5), 'B', aim)
    await quit(pty)
  }
}

const flow = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  for (const [columns, rows, bytesMax, cpuMax] of [
    [80, 24, 3 * KB, 8],
    [160, 48, 8 * KB, 12],
  ] as const) {
    const pty = await opened(columns, rows)
    const { cpu, bytesPerSecond } = await over(pty, FLOW_MS)
    tell(`Overview under load, ${columns}x${rows}`, bytesPerSecond, 'B/s', bytesMax)
    tell(`processor under load, ${columns}x${rows}`, cpu, '%', cpuMax)
    pty.write('6')
    tell(`Logs under load, ${columns}x${rows}`, (await over(pty, FLOW_MS)).bytesPerSecond, 'B/s', columns === 80 ? 6 * KB : 14 * KB)
    await quit(pty)
  }
  const slow = await opened(80, 24, '--low-bandwidth')
  tell('Overview with --low-bandwidth, 80x24', (await over(slow, FLOW_MS)).bytesPerSecond, 'B/s', 1.5 * KB)
  slow.write('6')
  tell('Logs with --low-bandwidth, 80x24', (await over(slow, FLOW_MS)).bytesPerSecond, 'B/s', 1.5 * KB)
  await quit(slow)
  await engine.tell(QUIET)
  const away = await opened(80, 24)
  away.write('\u001b[O')
  await pause(2_000)
  tell('idle and out of focus, processor', (await over(away, FLOW_MS)).cpu, '%', 0.5)
  await quit(away)
  await engine.tell(QUIET)
}

/** What the operator must see at once, and what may wait for the next batch. */
const events = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  const { pty, screen } = await openedOnScreen(80, 24)
  const base = snapshotFixture()
  const halted = haltedFixture()
  const seen = async (changes: object, fits: (text: string) => boolean): Promise<number> => {
    const from = await engine.tell({ kind: 'change', changes })
    return (await screen.until(`on the screen: ${JSON.stringify(changes).slice(0, 80)}`, fits)) - from
  }
  const urgent: number[] = []
  const data: number[] = []
  const rest = (index: number): Promise<void> => pause(90 + ((index * 53) % 170))
  for (let index = 0; index < EVENTS; index += 1) {
    urgent.push(await seen({ engine: { ...base.engine, state: 'paused', desired: 'paused' } }, (text) => text.includes('PAUSED')))
    await rest(index)
    urgent.push(await seen({ engine: base.engine }, (text) => text.includes('RUNNING')))
    await rest(index + 1)
    urgent.push(await seen({ breakers: halted.breakers }, (text) => text.includes('BRK halt')))
    await rest(index + 2)
    urgent.push(await seen({ breakers: base.breakers }, (text) => text.includes('BRK ok')))
    await rest(index + 3)
    const quantity = `0.${1_001 + index}1`
    data.push(await seen({ positions: base.positions.map((each) => ({ ...each, quantity })) }, (text) => text.includes(quantity)))
    await rest(index + 4)
  }
  tell('event to screen p95, under load', percentile(data, 0.95), 'ms', 350)
  tell('breaker or pause to screen p95, under load', percentile(urgent, 0.95), 'ms', 80)
  await quit(pty)
  await engine.tell(QUIET)
}

/** The engine's process is gone at once. */
const loss = async (first: Engine): Promise<void> => {
  const took: number[] = []
  for (let run = 0; run < QUITS; run += 1) {
    const engine = run === 0 ? first : await startEngine()
    await engine.tell(LOAD)
    const { pty, screen } = await openedOnScreen(80, 24)
    const from = await engine.tell({ kind: 'die' })
    took.push((await screen.until('LOST', (text) => text.includes('LOST'))) - from)
    await quit(pty)
    if (engine !== first) await engine.close()
  }
  tell('loss of the link to screen, worst', Math.max(...took), 'ms', 80)
  const quiet: number[] = []
  const engine = await startEngine()
  for (let run = 0; run < QUITS; run += 1) {
    const { pty, screen } = await openedOnScreen(80, 24)
    await pause(run * 130) // at another moment between two heartbeats
    const from = await engine.tell({ kind: 'suffer', fault: { kind: 'stall' } })
    quiet.push((await screen.until('old', (text) => text.includes('data ~') || text.includes('LOST'))) - from)
    await engine.tell({ kind: 'suffer', fault: { kind: 'none' } })
    await quit(pty)
  }
  await engine.close()
  tell('engine that hangs to figures marked as old, worst', Math.max(...quiet), 'ms', 2_000)
}

const quitting = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  const took: number[] = []
  for (let run = 0; run < QUITS; run += 1) took.push(await quit(await opened(80, 24)))
  tell('q to prompt p50, under load', percentile(took, 0.5), 'ms', 150)
  const pty = await opened(80, 24)
  await engine.tell({ kind: 'suffer', fault: { kind: 'stall' } })
  tell('q to prompt, engine hung', await quit(pty), 'ms', 150)
  await engine.tell({ kind: 'suffer', fault: { kind: 'none' } })
  await engine.tell(QUIET)
}

const memory = async (engine: Engine): Promise<void> => {
  const pty = await opened(160, 48)
  // What it keeps of the logs is full first: from then on nothing more has to be kept.
  await engine.tell(FILL)
  await pause(FILL_MS)
  await engine.tell(LOAD)
  await pause(LOAD_MS)
  tell(`memory with all log lines it keeps, after ${LOAD_MS / 1_000} s of load`, rssOf(pty.pid()) / MB, 'MB', 180)
  tell('memory at its peak', peakOf(pty.pid()) / MB, 'MB', 300)
  const before = rssOf(pty.pid())
  pty.stall()
  await pause(STALL_S * 1_000)
  tell(`terminal stalled for ${STALL_S} s: memory that took`, Math.max(0, rssOf(pty.pid()) - before) / MB, 'MB', 10)
  pty.forget()
  const written = pty.bytes()
  const from = performance.now()
  pty.release()
  const at = await pty.until('a full frame', (text) => {
    const clear = text.lastIndexOf('\u001b[H\u001b[2J')
    return clear >= 0 && text.indexOf('\u001b[?2026l', clear) >= 0
  })
  tell('  full frame after it', at - from, 'ms', 500)
  tell('  bytes that waited, that frame included', pty.bytes() - written, 'B', 128 * KB)
  await quit(pty)
  await engine.tell(QUIET)
}

/** The side of the console that reads logs, alone: bursts, pages of a gigabyte, filters. */
const side = async (): Promise<void> => {
  try {
    execFileSync(process.execPath, [join(root, 'test/bench/console-logs.ts')], { stdio: 'inherit' })
  } catch {
    process.exitCode = 1 // it told what it missed
  }
}

const sections = { commands, start, keys, moves, idle, flow, loop, events, quit: quitting, loss, memory, flood, big, beside, side }
const wanted = process.env.AEGIS_BENCH?.split(',') ?? Object.keys(sections)
for (const name of wanted) {
  if (Object.hasOwn(sections, name)) continue
  console.error(`bench:console: no part is named ${name}; there are ${Object.keys(sections).join(' ')}`)
  process.exit(78)
}
for (const [name, take] of Object.entries(sections)) {
  if (!wanted.includes(name)) continue
  const engine = await startEngine()
  try {
    await engine.tell(LOAD) // logs and cycles to open on
    await pause(2_000)
    await engine.tell(QUIET)
    await take(engine)
  } finally {
    await engine.close()
  }
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

if (told.length > 0) printFigures('console', told)
if (process.env.AEGIS_BASELINE === 'write') writeBaseline(taken)
else if (process.env.AEGIS_BASELINE !== 'off') printAgainstBaseline(taken)
