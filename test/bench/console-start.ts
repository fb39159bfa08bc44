import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bin, drawn, env, live, MB, openConsole, quit, root, tell } from './console-rig.ts'
import { percentile } from './table.ts'

const COMMANDS = 30
/** The first ones find the files of the program, and its compiled code, not read yet. */
const WARM_UPS = 3
const STARTS = 20

const run = promisify(execFile)

/** What loads no screen: from the shell and back to it. */
export const commands = async (): Promise<void> => {
  for (const [words, aim] of [
    [['--version'], 80],
    [['--help'], 80],
    [['completion', 'bash'], 80],
  ] as const) {
    const took: number[] = []
    for (let turn = -WARM_UPS; turn < COMMANDS; turn += 1) {
      const from = performance.now()
      await run(process.execPath, [bin, ...words], { env })
      if (turn >= 0) took.push(performance.now() - from)
    }
    tell(`${words.slice(0, 2).join(' ')} p95`, percentile(took, 0.95), 'ms', aim)
  }
}

/** All that a console without charts may load, read from the imports of its bundle. */
const bundleBytes = (): number => {
  const folder = join(root, 'dist/bundle')
  const isChart = (name: string): boolean => /^(?:contrib|braille|wall-board)/.test(name)
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js') && !isChart(name) && !readFileSync(join(folder, name), 'utf8').includes('blessed-contrib'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

export const start = async (): Promise<void> => {
  tell('bundle without charts', bundleBytes() / MB, 'MB', 1.5)
  for (const [columns, rows, bytesMax] of [
    [80, 24, 4_096],
    [160, 48, 10_240],
  ] as const) {
    const first: number[] = []
    const full: number[] = []
    const bytes: number[] = []
    for (let turn = -1; turn < STARTS; turn += 1) {
      const from = performance.now()
      const pty = openConsole(columns, rows)
      const firstAt = await pty.until('a first frame', drawn)
      const liveAt = await pty.until('live', live)
      if (turn >= 0) {
        first.push(firstAt - from)
        full.push(liveAt - firstAt)
        bytes.push(pty.bytes())
      }
      await quit(pty)
    }
    tell(`first frame p50, ${columns}x${rows}`, percentile(first, 0.5), 'ms', 400)
    tell(`first frame p95, ${columns}x${rows}`, percentile(first, 0.95), 'ms', 600)
    tell(`  live data after it p50, ${columns}x${rows}`, percentile(full, 0.5), 'ms', 250)
    tell(`  bytes until then p50, ${columns}x${rows}`, percentile(bytes, 0.5), 'B', bytesMax)
  }
}
