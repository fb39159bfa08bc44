/**
 * The figures of the console as it is bundled, in a real pseudo-terminal, beside a fake engine under an even load (12 symbols, a cycle in
 * ten seconds, 200 log lines a second): `npm run bench:console`, after `npm run build`.
 * AEGIS_BENCH=start,keys takes only some of the figures; AEGIS_STALL_S is how long the terminal stalls (20); AEGIS_LONG=1 loads the console
 * for ten minutes instead of one. AEGIS_BASELINE=1 fails where a figure is more than 15 % worse than the committed one, AEGIS_BASELINE=write
 * commits these figures to the file.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { instancePaths, socketPath } from '../../src/home.ts'
import type { Done, Order } from '../helpers/busy-engine.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { haltedFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { type Figure, percentile, printFigures } from './table.ts'

const INSTANCE = 'eu-1'
const LOAD = { kind: 'load', changesPerSecond: 4, logLinesPerSecond: 200 } as const
const QUIET = { kind: 'load', changesPerSecond: 0, logLinesPerSecond: 0 } as const
const STARTS = 20
const KEYS = 150
const EVENTS = 30
const QUITS = 7
const SETTLE_MS = 3_000
const IDLE_MS = 30_000
const FLOW_MS = 30_000
const STALL_S = Number(process.env.AEGIS_STALL_S ?? 20)
const LOAD_MS = process.env.AEGIS_LONG === '1' ? 600_000 : 60_000
/** Of the aims: a millisecond is 1, a byte is 1, and 1 MB is 2^20 bytes. */
const MB = 2 ** 20
const KB = 2 ** 10
const WORSE_MAX = 1.15
/** Differences below these are noise, whatever they are in per cent. */
const NOISE = { ms: 5, '%': 0.5, 'B/s': 100, B: 0, MB: 5 } as const

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'bin', 'aegis-console.js')
const baselineFile = fileURLToPath(new URL('console-baseline.json', import.meta.url))
if (!existsSync(join(root, 'dist/bundle/main.js'))) {
  console.error('bench:console: dist/bundle is missing. Run: npm run build')
  process.exit(78)
}
for (const tool of ['script', 'getconf']) {
  if (has(tool)) continue
  console.error(`bench:console: ${tool} is not installed`)
  process.exit(78)
}

const folder = mkdtempSync(join(tmpdir(), 'ab-'))
const home = join(folder, 'home')
const runtime = join(folder, 'run')
mkdirSync(runtime, { mode: 0o700 })
const env: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: folder,
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
  COLORTERM: 'truecolor',
  XDG_RUNTIME_DIR: runtime,
  XDG_STATE_HOME: folder,
  XDG_CACHE_HOME: join(folder, 'cache'),
  AEGIS_HOME: home,
}
const logs = instancePaths(home, INSTANCE).logs
mkdirSync(logs, { recursive: true, mode: 0o700 })

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'pipe' })
    return true
  } catch {
    return false // which is the answer
  }
}

/** The fake engine's process. Orders are carried out one after the other; each answers with when it was done. */
const startEngine = async () => {
  const child = fork(join(root, 'test/helpers/busy-engine.ts'), [socketPath(env, home, INSTANCE, 'operator'), logs], {
    execPath: process.execPath,
    env,
  })
  await once(child, 'message')
  return {
    tell: async (order: Order): Promise<number> => {
      const answer = once(child, 'message')
      child.send(order)
      const [done] = (await answer) as [Done]
      return done.at - performance.timeOrigin
    },
    close: async (): Promise<void> => {
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
type Engine = Awaited<ReturnType<typeof startEngine>>

const openConsole = (columns: number, rows: number): Pty =>
  openPty([process.execPath, bin, 'attach', '--instance', INSTANCE, '--color', 'always'], env, columns, rows)

/** The first line of a real layout. */
const drawn = (text: string): boolean => text.includes(INSTANCE) && text.includes('\u001b[?2026l')
const live = (text: string): boolean => /SIMULATE {2}RUNNING/.test(plain(text))
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '')

const opened = async (columns: number, rows: number): Promise<Pty> => {
  const pty = openConsole(columns, rows)
  await pty.until('live', live)
  await pause(SETTLE_MS)
  pty.forget()
  return pty
}

/** Leaves and tells how long the way back to the shell took (ms). */
const quit = async (pty: Pty): Promise<number> => {
  const from = performance.now()
  pty.write('q')
  await pty.ended
  return performance.now() - from
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
/** Processor time of a process so far, in ms. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND
}
const rssOf = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * KB
const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * KB

/** What went by in a stretch of time: share of one core in per cent, bytes a second. */
const over = async (pty: Pty, ms: number): Promise<{ readonly cpu: number; readonly bytesPerSecond: number }> => {
  const from = performance.now()
  const [cpu, bytes] = [processorMs(pty.pid()), pty.bytes()]
  await pause(ms)
  const elapsed = performance.now() - from
  return { cpu: ((processorMs(pty.pid()) - cpu) / elapsed) * 100, bytesPerSecond: ((pty.bytes() - bytes) / elapsed) * 1_000 }
}

type Unit = 'ms' | '%' | 'B/s' | 'B' | 'MB'
type Taken = { readonly what: string; readonly value: number; readonly unit: Unit; readonly aim: number | null }
const taken: Taken[] = []
const told: Figure[] = []
const shown = ({ value, unit }: { readonly value: number; readonly unit: Unit }): string =>
  unit === 'B' ? `${Math.round(value)} B` : unit === 'B/s' ? `${Math.round(value)} B/s` : `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`
/** All figures are better when they are smaller. */
const tell = (what: string, value: number, unit: Unit, aim: number | null): void => {
  taken.push({ what, value, unit, aim })
  const met = Number.isFinite(value) && (aim === null || value <= aim)
  told.push({ what, value: shown({ value, unit }), aim: aim === null ? '' : `≤ ${shown({ value: aim, unit })}`, met })
}
const skip = (what: string, why: string): void => void told.push({ what, value: `skipped: ${why}`, aim: '', met: true })

const start = async (): Promise<void> => {
  const first: number[] = []
  const full: number[] = []
  const bytes: number[] = []
  for (let run = -1; run < STARTS; run += 1) {
    const from = performance.now()
    const pty = openConsole(160, 48)
    const firstAt = await pty.until('a first frame', drawn)
    const liveAt = await pty.until('live', live)
    if (run >= 0) {
      first.push(firstAt - from)
      full.push(liveAt - from)
      bytes.push(pty.bytes())
    }
    await quit(pty)
  }
  tell('first frame p50, 160x48', percentile(first, 0.5), 'ms', 400)
  tell('first frame p95, 160x48', percentile(first, 0.95), 'ms', 600)
  tell('with live data p50, 160x48', percentile(full, 0.5), 'ms', null)
  tell('bytes to live data p50, 160x48', percentile(bytes, 0.5), 'B', null)
}

/** From a key to the first byte of what it changed. A frame of the data may come first by chance, so only times right after quiet count. */
const keys = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  const pty = await opened(160, 48)
  const took: number[] = []
  const views: number[] = []
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
    views.push((await pty.until('a frame after the digit', (text) => text.includes('\u001b[?2026l'))) - from)
    await pause(100)
  }
  tell('key to new frame p50, under load', percentile(took, 0.5), 'ms', 10)
  tell('key to new frame p95, under load', percentile(took, 0.95), 'ms', 33)
  tell('key to new frame p99, under load', percentile(took, 0.99), 'ms', 60)
  tell('view switch p95, under load', percentile(views, 0.95), 'ms', 60)
  await quit(pty)
  await engine.tell(QUIET)
}

/** With nothing to say but that time passes: one line a second, and no row but that of the clock. */
const idle = async (engine: Engine): Promise<void> => {
  await engine.tell(QUIET)
  const pty = openConsole(80, 24)
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true })
  let pending = Promise.resolve()
  pty.onData((chunk) => {
    pending = pending.then(() => new Promise<void>((resolve) => screen.write(chunk, resolve)))
  })
  const rows = async (): Promise<string[]> => {
    await pending
    return Array.from({ length: 24 }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? '')
  }
  await pty.until('live', live)
  await pause(SETTLE_MS)
  const before = await rows()
  const { cpu, bytesPerSecond } = await over(pty, IDLE_MS)
  const after = await rows()
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
    .replaceAll(/#[smh]( #[smh])*/g, 'age')
    .replaceAll(/ +/g, ' ')

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
    await quit(pty)
  }
  await engine.tell(QUIET)
}

/** What the operator must see at once, and what may wait for the next batch. */
const events = async (engine: Engine): Promise<void> => {
  await engine.tell(LOAD)
  const pty = await opened(80, 24)
  const base = snapshotFixture()
  const halted = haltedFixture()
  const seen = async (changes: object, fits: (text: string) => boolean): Promise<number> => {
    pty.forget()
    const from = await engine.tell({ kind: 'change', changes })
    return (await pty.until(`on the screen: ${JSON.stringify(changes).slice(0, 80)}`, fits)) - from
  }
  const urgent: number[] = []
  const data: number[] = []
  for (let index = 0; index < EVENTS; index += 1) {
    urgent.push(await seen({ engine: { ...base.engine, state: 'paused', desired: 'paused' } }, (text) => text.includes('PAUSED')))
    await pause(90 + ((index * 53) % 170))
    urgent.push(await seen({ engine: base.engine }, (text) => text.includes('RUNNING')))
    await pause(90 + ((index * 53) % 170))
    urgent.push(await seen({ breakers: halted.breakers }, (text) => /halt/.test(text)))
    await pause(90 + ((index * 53) % 170))
    await engine.tell({ kind: 'change', changes: { breakers: base.breakers } })
    const cash = String(80_000 + index * 11)
    const written = `${cash.slice(0, 2)},?${cash.slice(2)}`
    data.push(
      await seen({ account: { ...base.account, equity: `${cash}.000000` }, equity: `${cash}.000000` }, (text) => new RegExp(written).test(text)),
    )
    await pause(90 + ((index * 53) % 170))
  }
  tell('event to screen p95, under load', percentile(data, 0.95), 'ms', 350)
  tell('breaker or pause to screen p95, under load', percentile(urgent, 0.95), 'ms', 80)
  await quit(pty)
  await engine.tell(QUIET)
}

/** The engine's process is gone at once. */
const loss = async (): Promise<void> => {
  const took: number[] = []
  for (let run = 0; run < QUITS; run += 1) {
    const engine = await startEngine()
    await engine.tell(LOAD)
    const pty = await opened(80, 24)
    const from = await engine.tell({ kind: 'die' })
    took.push((await pty.until('LOST', (text) => text.includes('LOST'))) - from)
    await quit(pty)
    await engine.close()
  }
  tell('loss of the link to screen, worst', Math.max(...took), 'ms', 80)
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
  await engine.tell(LOAD)
  const pty = await opened(160, 48)
  await pause(LOAD_MS)
  tell(`memory after ${LOAD_MS / 1_000} s of load`, rssOf(pty.pid()) / MB, 'MB', 180)
  tell('memory at its peak', peakOf(pty.pid()) / MB, 'MB', 300)
  const before = rssOf(pty.pid())
  pty.stall()
  await pause(STALL_S * 1_000)
  tell(`memory for a terminal that stalled ${STALL_S} s`, Math.max(0, rssOf(pty.pid()) - before) / MB, 'MB', 10)
  pty.forget()
  const from = performance.now()
  pty.release()
  const at = await pty.until('a full frame', (text) => {
    const clear = text.lastIndexOf('\u001b[H\u001b[2J')
    return clear >= 0 && text.indexOf('\u001b[?2026l', clear) >= 0
  })
  tell('full frame after the stall', at - from, 'ms', 500)
  await quit(pty)
  await engine.tell(QUIET)
}

/** Programs people love, in the same terminal on the same log and machine. */
const others = async (engine: Engine): Promise<void> => {
  const log = join(logs, 'feed.jsonl')
  await engine.tell(LOAD)
  await pause(1_000)
  await engine.tell(QUIET)
  const programs = [
    { name: 'aegis-console', tool: 'node', command: [process.execPath, bin, 'attach', '--instance', INSTANCE, '--color', 'always'], quit: 'q' },
    { name: 'lnav', tool: 'lnav', command: ['lnav', '-q', log], quit: 'q' },
    { name: 'htop', tool: 'htop', command: ['htop'], quit: 'q' },
    { name: 'btop', tool: 'btop', command: ['btop', '--utf-force'], quit: 'q' },
    { name: 'less +F', tool: 'less', command: ['less', '+F', log], quit: '\u0003q' },
  ]
  for (const { name, tool, command, quit: leave } of programs) {
    if (!has(tool)) {
      skip(`beside: ${name}`, 'not installed')
      continue
    }
    const starts: number[] = []
    for (let run = 0; run < 6; run += 1) {
      const from = performance.now()
      const pty = openPty(command, env, 160, 48)
      // A real frame, whoever draws it: hundreds of characters that can be seen.
      const at = await pty.until(`a frame of ${name}`, (text) => visible(text) > 300)
      if (run > 0) starts.push(at - from)
      if (run < 5) {
        await pty.close()
        continue
      }
      await pause(SETTLE_MS)
      const { cpu, bytesPerSecond } = await over(pty, 15_000)
      const rss = rssOf(pty.pid()) / MB
      told.push({
        what: `beside: ${name}`,
        value: `start ${percentile(starts, 0.5).toFixed(0)} ms, idle ${cpu.toFixed(2)} %, ${Math.round(bytesPerSecond)} B/s, ${rss.toFixed(0)} MB`,
        aim: '',
        met: true,
      })
      pty.write(leave)
      await Promise.race([pty.ended, pause(1_000)])
      await pty.close()
    }
  }
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const visible = (text: string): number => text.replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[()].|[^[])|[\u0000- ]/g, '').length

const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`

type Baseline = { readonly date: string; readonly machine: string; readonly figures: Readonly<Record<string, { value: number; unit: Unit }>> }

/** Figures that are worse than the committed ones by more than noise. Another machine has other figures, so it is told which one it was. */
const againstBaseline = (): readonly Figure[] => {
  const baseline = JSON.parse(readFileSync(baselineFile, 'utf8')) as Baseline
  console.log(`\nagainst the figures of ${baseline.date} on ${baseline.machine}`)
  return taken.flatMap(({ what, value, unit }) => {
    const former = baseline.figures[what]
    if (former === undefined) return []
    const limit = Math.max(former.value * WORSE_MAX, former.value + NOISE[unit])
    return [{ what, value: `${shown({ value, unit })}, was ${shown(former)}`, aim: `≤ ${shown({ value: limit, unit })}`, met: value <= limit }]
  })
}

const wanted = process.env.AEGIS_BENCH?.split(',')
const wants = (name: string): boolean => wanted === undefined || wanted.includes(name)
const engine = await startEngine()
try {
  await engine.tell(LOAD) // logs and cycles to open on
  await pause(2_000)
  await engine.tell(QUIET)
  for (const [name, take] of Object.entries({ start, keys, idle, flow, events, quit: quitting, memory, beside: others })) {
    if (wants(name)) await take(engine)
  }
} finally {
  await engine.close()
}
if (wants('loss')) await loss()
rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

printFigures('console', told)
if (process.env.AEGIS_BASELINE === 'write') {
  const figures = Object.fromEntries(taken.map(({ what, value, unit }) => [what, { value: Math.round(value * 100) / 100, unit }]))
  writeFileSync(baselineFile, `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine: machine(), figures }, null, 2)}\n`)
} else if (process.env.AEGIS_BASELINE === '1') printFigures('console, against the baseline', againstBaseline())
