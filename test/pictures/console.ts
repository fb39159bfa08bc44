/** Makes `docs/<view>.svg` from real frames, one a view: a real engine on a paced replay, the real console in tmux. `npm run picture`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../src/random.ts'
import { VIEWS } from '../../tui/store/views.ts'
import { svgOf } from './svg.ts'

const COLUMNS = 120
const ROWS = 36
/** Enough of the replay for trades, blocked signals and curves to be on the screen. */
const WATCH_MS = 45_000
const SPEED = 24_000
/** Until a view has read its files and stands. */
const LOOK_MS = 1_500
/** A key that comes together with others may be a paste. */
const KEY_MS = 200

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ap-'))
const bin = join(root, 'bin', 'aegis-console.js')
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
  XDG_STATE_HOME: folder,
  XDG_RUNTIME_DIR: join(folder, 'run'),
}
mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 })

const random = seeded(5)
let close = 10_000
const lines = Array.from({ length: 20_000 }, (_, row) => {
  const open = close
  close = Math.round(open * (1 + 0.002 * random.normal()) * 100) / 100
  const [high, low] = [Math.max(open, close) + 1, Math.min(open, close) - 1]
  return `${Date.UTC(2024, 0, 1) + row * 60_000},${open},${high.toFixed(2)},${low.toFixed(2)},${close},${(random.next() * 9).toFixed(3)}`
})
const candles = join(folder, 'BTCUSD_1m.csv')
writeFileSync(candles, `t,open,high,low,close,volume\n${lines.join('\n')}\n`)

const console_ = (...args: string[]): string => execFileSync(process.execPath, [bin, ...args], { env, encoding: 'utf8' })
const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', `aegis-picture-${process.pid}`, ...args], { env, encoding: 'utf8' })
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

try {
  console_('start', '--feed', `replay:${candles}`, '--speed', String(SPEED), '--account', 'demo')
  tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), `${process.execPath} ${bin} attach`)
  await wait(WATCH_MS)
  mkdirSync(join(root, 'docs'), { recursive: true })
  for (const [index, view] of VIEWS.entries()) {
    tmux('send-keys', String(index + 1))
    // The replay runs through days in a blink: its charts are looked at whole.
    for (const key of view === 'charts' ? ['-', '-', '-'] : []) {
      await wait(KEY_MS)
      tmux('send-keys', key)
    }
    await wait(LOOK_MS)
    const screen = tmux('capture-pane', '-e', '-p')
    writeFileSync(join(root, 'docs', `${view}.svg`), await svgOf(screen.replace(/\n$/, ''), COLUMNS, ROWS, `aegis-console: the view of ${view}`))
  }
} finally {
  tmux('kill-server')
  console_('stop', '--now', '--reason', 'the picture is made')
  rmSync(folder, { recursive: true, force: true })
}
