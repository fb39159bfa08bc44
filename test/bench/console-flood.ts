import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Pty } from '../helpers/pty.ts'
import { type PtyScreen, screenOf } from '../helpers/pty-screen.ts'
import { drawn, during, type Engine, live, logs, MB, openConsole, openedOnScreen, peakOf, QUIET, quit, root, tell } from './console-rig.ts'
import { logLine } from './log-writer.ts'
import { percentile } from './table.ts'

const LINES_PER_SECOND = 10_000
const SECONDS = 60
const BURST_LINES = 100_000
const LOOK_MS = 50
const STILL_MS = 1_500
const BIG_BYTES = 2 ** 30
const OPENINGS = 5
const DAY_MS = 86_400_000

const LOGS_VIEW = '6'
/** Of each file, when the console is opened. */
const TAIL_LINES = 2_000
const KEY_MS = 60

/** Lines of the files with which the console begins. */
const linesBefore = (): number =>
  readdirSync(logs).reduce((sum, name) => sum + Math.min(TAIL_LINES, readFileSync(join(logs, name), 'utf8').split('\n').length - 1), 0)

/** Lines that went into the index so far, as the console itself says it: those kept and those evicted. */
const counted = async (pty: Pty, screen: PtyScreen): Promise<number> => {
  for (const key of ['/', 'z', 'q', 'x', '\r']) {
    pty.write(key)
    await pause(KEY_MS)
  }
  await screen.until('searched', (text) => /\d of [\d,]+/.test(text) && !text.includes('searched'))
  await pause(1_000)
  const text = screen.text()
  const number = (pattern: RegExp): number => Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''))
  return number(/\d of ([\d,]+)/) + number(/([\d,]+) evicted/)
}

/** Age of the newest line that is shown, in ms. */
const ageShown = (screen: PtyScreen): number | null => {
  const time = /.*^ *(\d\d):(\d\d):(\d\d)\.(\d{3}) /ms.exec(screen.text())
  if (time === null) return null
  const [, hours, minutes, seconds, milliseconds] = time.map(Number)
  const at = (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000 + (milliseconds ?? 0)
  return (((Date.now() - at) % DAY_MS) + DAY_MS) % DAY_MS
}

/** When the screen changed for the last time but for its clock. */
const still = async (screen: PtyScreen): Promise<number> => {
  const rows = (): string => screen.lines().slice(1).join('\n')
  let [text, at] = [rows(), performance.now()]
  while (performance.now() - at < STILL_MS) {
    await pause(LOOK_MS)
    if (rows() !== text) [text, at] = [rows(), performance.now()]
  }
  return at
}

const write = async (perSecond: number, seconds: number): Promise<number> => {
  const child = fork(join(root, 'test/bench/log-writer.ts'), [logs, String(perSecond), String(seconds)], { execPath: process.execPath })
  const ended = once(child, 'exit')
  const [written] = (await once(child, 'message')) as [Readonly<Record<string, number>>]
  await ended
  return Object.values(written).reduce((sum, each) => sum + each, 0)
}

export const flood = async (engine: Engine): Promise<void> => {
  await engine.tell(QUIET)
  const before = linesBefore()
  const { pty, screen } = await openedOnScreen(160, 48)
  pty.write(LOGS_VIEW)
  await pause(1_000)
  const ages: number[] = []
  const looking = setInterval(() => {
    const age = ageShown(screen)
    if (age !== null) ages.push(age)
  }, LOOK_MS)
  let total = 0
  const { cpu } = await during(pty, async () => {
    // The pane begins with lines that are old; what it shows then is no lag.
    const writing = write(LINES_PER_SECOND, SECONDS)
    await pause(1_000)
    ages.length = 0
    total = await writing
  })
  clearInterval(looking)
  const from = performance.now()
  const burst = await write(BURST_LINES * 10, 0.1)
  const took = (await still(screen)) - from
  const missing = Math.abs(before + total + burst - (await counted(pty, screen)))
  tell(`lines missing of ${total + burst}, at ${LINES_PER_SECOND} a second and at once`, missing, '', 0)
  tell('  written to shown p95, 160x48', percentile(ages, 0.95), 'ms', 500)
  tell('  processor', cpu, '%', 30)
  tell(`  memory at its peak, ${SECONDS} s and ${burst} lines at once`, peakOf(pty.pid()) / MB, 'MB', 300)
  tell(`burst of ${burst} lines, written and live again`, took, 'ms', 2_000)
  await quit(pty)
}

const writeBig = (): void => {
  const descriptor = openSync(join(logs, 'feed.jsonl'), 'w')
  const now = Date.now()
  let bytes = 0
  for (let n = 0; bytes < BIG_BYTES; ) {
    const lines: string[] = []
    for (let index = 0; index < 5_000; index += 1) lines.push(logLine(now, n++))
    bytes += writeSync(descriptor, lines.join(''))
  }
  writeSync(descriptor, logLine(now, 0).replace('bar taken', 'THE LAST LINE'))
  closeSync(descriptor)
}

/** From the first frame of a console to the newest line of a gigabyte in it. */
export const big = async (engine: Engine): Promise<void> => {
  await engine.tell(QUIET)
  writeBig()
  const took: number[] = []
  let peak = 0
  for (let run = -1; run < OPENINGS; run += 1) {
    const pty = openConsole(160, 48)
    const screen = screenOf(pty, 160, 48)
    const from = await pty.until('a first frame', drawn)
    const at = await screen.until('the newest line', (text) => text.includes('THE LAST LINE'))
    if (run >= 0) took.push(at - from)
    await pty.until('live', live)
    peak = Math.max(peak, peakOf(pty.pid()))
    await quit(pty)
  }
  rmSync(join(logs, 'feed.jsonl'))
  tell('log of 1 GB: first frame to its newest line p50', percentile(took, 0.5), 'ms', 500)
  tell('  memory at its peak', peak / MB, 'MB', 300)
}
