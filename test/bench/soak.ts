/**
 * Twelve hours of a console in some minutes: the whole of it but the terminal and the socket, on a clock of its own, under the load of
 * `bench:console` (twelve symbols, four changes a second, a cycle in ten seconds, 200 log lines a second). What it keeps must not grow after the
 * first hour: memory after a forced collection, timers, listeners, performance entries. `npm run bench:soak`; AEGIS_HOURS=2 for fewer hours.
 */
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seeded } from '../../src/random.ts'
import { cycleFixture, FIXTURE_NOW, snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { type Figure, printFigures } from './table.ts'

process.env.NODE_ENV = 'production'
process.env.FORCE_COLOR = '2'
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** As it was compiled: Node reads no TSX. */
const built = async <Module>(path: string): Promise<Module> => (await import(new URL(`../../dist/tui/${path}.js`, import.meta.url).href)) as Module

const { mount } = await built<typeof import('../../tui/app.tsx')>('app')
const { KEYMAP } = await built<typeof import('../../tui/keymap.ts')>('keymap')
const { createLogBook } = await built<typeof import('../../tui/logs/log-book.ts')>('logs/log-book')
const { isUrgent, reduce } = await built<typeof import('../../tui/store/reduce.ts')>('store/reduce')
const { initialState } = await built<typeof import('../../tui/store/state.ts')>('store/state')
const { createStore } = await built<typeof import('../../tui/store/store.ts')>('store/store')
const { VIEWS } = await built<typeof import('../../tui/store/views.ts')>('store/views')
const { createGatedStdout } = await built<typeof import('../../tui/terminal/gated-stdout.ts')>('terminal/gated-stdout')
const { systemSchedule } = await built<typeof import('../../tui/terminal/schedule.ts')>('terminal/schedule')
const { THEMES } = await built<typeof import('../../tui/theme.ts')>('theme')

const HOURS = Number(process.env.AEGIS_HOURS ?? 12)
const SECONDS_PER_HOUR = 3_600
const LOG_LINES_PER_SECOND = 200
const CHANGES_PER_SECOND = 4
const CYCLE_SECONDS = 10
/** A frame is drawn after so many simulated seconds, and another view is opened after so many frames. */
const FRAME_SECONDS = 5
const VIEW_FRAMES = 60
const MB = 2 ** 20
const SYMBOLS = 12
const SIZE = { columns: 160, rows: 48 }

const random = seeded(1)
let now = FIXTURE_NOW
let frames = 0
const gate = createGatedStdout(
  {
    ...SIZE,
    writableLength: 0,
    write: () => {
      frames += 1
      return true
    },
    on: () => undefined,
    off: () => undefined,
  },
  () => undefined,
)
const base = snapshotFixture()
const store = createStore({
  initial: initialState({
    identity: { instance: 'eu-1', version: '0.1.0', readOnly: false, root: '/aegis/eu-1' },
    size: SIZE,
    now,
    monotonic: 0,
    ascii: false,
    keys: KEYMAP,
    themes: Object.keys(THEMES),
  }),
  reduce,
  urgent: isUrgent,
  monotonic: () => now - FIXTURE_NOW,
  schedule: systemSchedule,
  intervalMs: 0,
})
const logs = createLogBook({ later: (run) => void setImmediate(run), onProgress: () => undefined })
const mounted = mount(store, gate, { themes: THEMES, mono: false, ascii: false })

const hello = { protocol: 1, build: '0.1.0', instance: 'eu-1', role: 'operator', pid: 41_822, at: now } as const
const live = (): void => store.update({ kind: 'link', state: { kind: 'live', hello, lastHeardAt: now } })
live()
store.update({ kind: 'snapshot', snapshot: base, sequence: 1 })

let sequence = 1
let number = 999
let cycles = base.cycles
const change = (changes: object): void => {
  sequence += 1
  store.update({ kind: 'changes', changes, sequence })
}
const prices = Array.from({ length: SYMBOLS }, (_, index) => 100 * (index + 1))

const second = (count: number): void => {
  for (let turn = 0; turn < CHANGES_PER_SECOND; turn += 1) {
    now += 1_000 / CHANGES_PER_SECOND
    live()
    for (const [index, price] of prices.entries()) prices[index] = Math.max(1, price * (1 + 0.0005 * random.normal()))
    const instruments = prices.map((price, index) => ({
      symbol: `S${index}USD`,
      timeframe: '1s',
      bars: sequence,
      lastPrice: price.toFixed(2),
      lastAt: now,
      ageMs: 0,
      stale: false,
    }))
    change({
      feed: { ...base.feed, clock: now, bars: sequence, consumed: sequence, decided: sequence, instruments },
      equity: (100_000 + (prices[0] ?? 0)).toFixed(2),
      asOf: now,
    })
  }
  if (count % CYCLE_SECONDS === 0) {
    number += 1
    const cycle = cycleFixture(number, { at: now, feedAt: now })
    cycles = [cycle, ...cycles].slice(0, 20)
    change({ cycle, cycles })
  }
  logs.add(
    Array.from({ length: LOG_LINES_PER_SECOND }, (_, line) => ({
      process: ['feed', 'brain', 'orchestrator', 'supervisor'][line % 4] ?? 'feed',
      text: `{"level":30,"time":${now + line},"pid":1,"msg":"line ${count}.${line}: bar of S${line % SYMBOLS}USD taken in","cycle":${number}}`,
    })),
  )
  store.update({ kind: 'tick', now, monotonic: now - FIXTURE_NOW })
}

type Kept = { readonly heap: number; readonly entries: number; readonly resources: number; readonly listeners: number }

const kept = async (): Promise<Kept> => {
  store.update({ kind: 'view', view: 'overview' })
  await pause(100)
  for (let turn = 0; turn < 3; turn += 1) {
    collect()
    await breathe()
  }
  return {
    heap: process.memoryUsage().heapUsed,
    entries: performance.getEntries().length,
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0) + gate.listenerCount('resize'),
  }
}

let first: Kept | null = null
let views = 0
for (let count = 1; count <= HOURS * SECONDS_PER_HOUR; count += 1) {
  second(count)
  if (count % FRAME_SECONDS === 0) {
    store.update({ kind: 'logs', window: logs.window(SIZE.rows), asked: false })
    await breathe()
  }
  if (count % (FRAME_SECONDS * VIEW_FRAMES) === 0) {
    views += 1
    store.update({ kind: 'view', view: VIEWS[views % VIEWS.length] ?? 'overview' })
  }
  if (count === SECONDS_PER_HOUR) first = await kept()
}
const last = await kept()
mounted.unmount()
store.close()
if (first === null) throw new Error('AEGIS_HOURS has to be 1 or more')

const grown = (last.heap - first.heap) / MB
const same = (what: string, before: number, after: number): Figure => ({ what, value: `${before} and ${after}`, aim: 'equal', met: after <= before })
printFigures(`${HOURS} hours of a console, ${frames} frames, ${logs.window(1).evicted} log lines evicted`, [
  { what: 'memory after a collection, hour 1', value: `${(first.heap / MB).toFixed(1)} MB`, aim: '', met: true },
  { what: `growth of it until hour ${HOURS}`, value: `${grown.toFixed(2)} MB`, aim: '≤ 2 MB', met: grown <= 2 },
  same('performance entries', first.entries, last.entries),
  same('timers and handles', first.resources, last.resources),
  same('listeners', first.listeners, last.listeners),
])
process.exit(process.exitCode ?? 0)
