import { randomInt, randomUUID } from 'node:crypto'
import { systemClock } from '../src/clock.ts'
import { aegisHome, type Environment, instancePaths } from '../src/home.ts'
import { seeded } from '../src/random.ts'
import { VERSION } from '../src/version.ts'
import { loadWhenShown } from './charts/load.ts'
import { crashReport, type End, exitCode, isHangUp, SIGNALS } from './ending.ts'
import { exportText, exportTo } from './export/export.ts'
import { createFleetWatch } from './fleet/fleet.ts'
import { growingYoung, keepHeapSmall } from './heap.ts'
import { KEYMAP, type KeyRow } from './keymap.ts'
import { localActor } from './link/actor.ts'
import { createLogBook } from './logs/log-book.ts'
import { createLogPages } from './logs/log-pages.ts'
import { createTailer } from './logs/tailer.ts'
import { diagnosis, type Surroundings } from './present/diagnosis.ts'
import { farewell } from './present/farewell.ts'
import { createRecordReader } from './records/records.ts'
import { verifyTrail } from './records/verify-trail.ts'
import { recordsWanted, VIEW_RECORDS } from './records/wanted.ts'
import { type KeyWishes, rebind } from './settings/rebind.ts'
import { createEngineLink } from './store/engine-link.ts'
import { noticeOf, titleOf } from './store/notice.ts'
import { createOperator, type Outside } from './store/operate.ts'
import { createPastReader } from './store/past.ts'
import { isUrgent, reduce } from './store/reduce.ts'
import { frameIntervalMs } from './store/select.ts'
import { initialState, SETTINGS, type Settings } from './store/state.ts'
import { createStore } from './store/store.ts'
import type { ConsoleStore } from './store/use-console.ts'
import { decideLook, type Look } from './terminal/look.ts'
import { systemSchedule } from './terminal/schedule.ts'
import { standBack } from './terminal/stand-back.ts'
import { openTerminal } from './terminal/terminal.ts'
import { THEMES, type Theme } from './theme.ts'
import { startTicking } from './ticking.ts'

/** What still keeps the process alive after the console ended is not waited for. */
const LINGER_MS = 1_000
const TOLD_MS = 8_000

export type ConsoleOptions = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  /** Watches only, whatever the engine would allow. */
  readonly readOnly: boolean
  readonly colour?: string
  readonly ascii?: boolean
  /** False draws on the screen that the shell is on. */
  readonly alternate?: boolean
  /** Log files are looked at now and then: some network file systems tell of no change. */
  readonly poll?: boolean
  readonly settings?: Partial<Settings>
  /** The person's own themes by their names, and keys by what they do; both were found to be right. */
  readonly themes?: Readonly<Record<string, Theme>>
  readonly keys?: KeyWishes
  /** Of this build, where the caller does not know better. */
  readonly version?: string
}

/** Tells of every change of the view, and of the first, and of more that it wants to read. */
const watchView = (store: ConsoleStore, onView: () => void): (() => void) => {
  let seen = ''
  const look = (): void => {
    const now = `${store.get().view} ${recordsWanted(store.get()).join()}`
    if (now === seen) return
    seen = now
    onView()
  }
  look()
  return store.subscribe(look)
}

const every = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}

/**
 * The full-screen console. Both standard streams have to be terminals, and not dumb ones. Resolves with the exit code after the
 * terminal is what it was before.
 */
export const runConsole = async (options: ConsoleOptions): Promise<number> => {
  const { home, instance, version = VERSION } = options
  // As the person set it: modules are told their colours through the environment of the process, which changes it.
  const env = { ...options.env }
  const paths = instancePaths(home, instance)
  const readPast = createPastReader(paths.snapshot)
  const themes = { ...THEMES, ...options.themes }
  const look = decideLook(env, { colour: options.colour, ascii: options.ascii })
  prepareModules(look)
  standBack()

  const { promise: ended, resolve: end } = Promise.withResolvers<End>()
  const clock = systemClock
  const schedule = systemSchedule
  const terminal = openTerminal({
    env,
    monotonic: clock.monotonic,
    schedule,
    onEvent: (event) => operator.press(event),
    onSize: (size) => {
      store.update({ kind: 'size', size: usable(size) })
      operator.refreshLogs(true)
    },
    onRepaint: () => repaint(),
    onGone: () => end({ kind: 'gone' }),
    onFocus: (on) => store.update({ kind: 'inFocus', on }),
    alternate: options.alternate !== false,
  })
  const store: ConsoleStore = createStore({
    initial: initialState({
      identity: { instance, version, readOnly: options.readOnly, root: paths.root },
      size: usable({ columns: terminal.stdout.columns, rows: terminal.stdout.rows }),
      now: clock.now(),
      monotonic: clock.monotonic(),
      ascii: look.ascii,
      settings: { ...SETTINGS, ...options.settings },
      keys: keysOf(options.keys ?? {}),
      themes: Object.keys(themes),
    }),
    reduce,
    urgent: isUrgent,
    monotonic: clock.monotonic,
    schedule,
    intervalMs: frameIntervalMs,
  })
  const logs = createLogBook({
    pages: createLogPages(paths.logs),
    now: clock.now,
    later: (run) => void setImmediate(run),
    onProgress: () => operator.refreshLogs(false),
  })
  const link = createEngineLink({
    env,
    home,
    instance,
    readOnly: options.readOnly,
    version,
    clock,
    random: seeded(randomInt(2 ** 32)),
    store,
    // What the files say is looked at only while nobody answers.
    onUnreached: () => store.update({ kind: 'past', ...readPast() }),
  })
  const client = localActor(env)
  const records = createRecordReader({ paths, clock, onRecords: (changes) => store.update({ kind: 'records', records: changes }) })
  const fleet = createFleetWatch({ env, home, client, version, clock, onFleet: (found) => store.update({ kind: 'fleet', fleet: found }) })
  /** Files and other engines are looked at only while a view shows them. */
  const onView = (): void => {
    const { view } = store.get()
    records.open(recordsWanted(store.get()))
    if (view === 'fleet') fleet.open()
    else fleet.pause()
  }
  const tell = (text: string): void => store.update({ kind: 'message', message: { text, tone: 'warning', until: clock.monotonic() + TOLD_MS } })
  const openBoard = async (): Promise<void> => {
    if (look.depth === 0 || look.ascii)
      return tell(
        `no wall board: it needs ${look.depth === 0 ? 'colours (NO_COLOR or --color never is set)' : 'more than ASCII (the locale or --ascii says so)'}`,
      )
    const onProblem = (error: unknown): void =>
      tell(`the wall board ended by a fault of its own: ${error instanceof Error ? error.message : String(error)}`)
    try {
      const { openWallBoard } = await import('./charts/wall-board.ts')
      terminal.lend((loan) => {
        records.open(VIEW_RECORDS.charts)
        const board = openWallBoard({ state: store.get, loan, depth: look.depth, every, onProblem })
        return {
          resize: board.resize,
          end: () => {
            board.end()
            onView()
          },
        }
      })
    } catch (error) {
      onView()
      onProblem(error)
    }
  }
  const surroundings = (): Surroundings => ({
    env,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    memory: process.memoryUsage(),
    depth: look.depth,
    output: { skipped: terminal.stdout.skipped(), waiting: process.stdout.writableLength },
  })
  const outside: Outside = {
    copy: (text) => terminal.copy(text),
    plain: (state) => terminal.showPlain(exportText(state, '.txt').replaceAll('\t', '  ')),
    diagnose: (state) => terminal.showPlain(diagnosis(state, surroundings())),
    exportTo: (path, state) => exportTo(path, state.pane === 'logs' ? { ...state, logs: { ...state.logs, lines: logs.matching() } } : state),
    verify: () => verifyTrail(paths, clock, (chain) => store.update({ kind: 'chain', chain })),
    attach: (other) => end({ kind: 'attach', instance: other }),
    wallBoard: () => void openBoard(),
    commandTo: fleet.command,
  }
  const operator = createOperator({
    store,
    logs,
    command: link.command,
    engineNow: link.now,
    reconnect: link.reconnectNow,
    actor: client,
    newId: randomUUID,
    clock,
    schedule,
    onDetach: () => end({ kind: 'detached' }),
    onRepaint: () => repaint(),
    onSuspend: terminal.suspend,
    outside,
  })
  let repaint = (): void => undefined
  const onCrash = (error: unknown): void => {
    terminal.restore() // before anything else can go wrong
    end(isHangUp(error) ? { kind: 'gone' } : { kind: 'crash', error })
  }
  const onSignal = (signal: NodeJS.Signals): void => end({ kind: 'signal', signal: signal as keyof typeof SIGNALS })

  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  process.once('exit', terminal.restore)
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal)

  const { mount } = await import('./app.tsx')
  link.start()
  const tailer = createTailer({
    folder: paths.logs,
    clock,
    poll: options.poll === true,
    onLines: (lines) => {
      logs.add(lines)
      operator.refreshLogs(false)
    },
    onSource: (source) => store.update({ kind: 'logSource', source }),
  })
  const unwatchView = watchView(store, onView)
  const unwatchCharts = loadWhenShown(store, async () => (await import('./charts/contrib.ts')).createContribRenderer(clock.monotonic))
  let heard = store.get()
  const unwatchNews = store.subscribe(() => {
    const now = store.get()
    const notice = noticeOf(heard, now, now.dialog !== null)
    heard = now
    terminal.title(titleOf(now))
    terminal.mouse(now.settings.mouse)
    if (notice !== null && now.settings.notify !== 'off') terminal.ring(now.settings.notify, notice)
  })
  terminal.mouse(store.get().settings.mouse)
  terminal.enter()
  const mounted = mount(store, terminal.stdout, { themes, mono: look.depth === 0, ascii: look.ascii })
  repaint = mounted.repaint
  mounted.ended.catch(onCrash)
  const endGrowing = store.subscribe(growingYoung())
  const endTicking = startTicking(every, { onTick: operator.tick, onHeal: () => repaint() })

  const how = await ended

  endTicking()
  endGrowing()
  operator.stop()
  operator.tick()
  const last = store.get()
  store.close()
  link.stop()
  terminal.stdout.shut()
  mounted.unmount()
  const waits = await terminal.close()
  unwatchView()
  unwatchCharts()
  unwatchNews()
  fleet.close()
  await records.close()
  await tailer.close()
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal)
  process.off('unhandledRejection', onCrash)
  process.off('uncaughtException', onCrash)
  process.off('exit', terminal.restore) // it holds all of this, and another console may follow

  if (how.kind === 'crash') process.stderr.write(`${crashReport(how.error)}\n`)
  else if (how.kind !== 'gone') terminal.say(farewell(last, flagsOf(options)))
  if (how.kind === 'attach') return runConsole({ ...options, env, instance: how.instance })
  const code = exitCode(how)
  // A terminal that does not read would get the rest of an old frame over the shell's own screen.
  if (waits) process.exit(code)
  setTimeout(() => process.exit(code), LINGER_MS).unref()
  return code
}

/** React and the colours of Ink are decided when their modules load, so this comes before. */
const prepareModules = ({ depth }: Look): void => {
  keepHeapSmall()
  process.env.NODE_ENV = 'production'
  // Without any level bold and inverse would go too, and with them the selection; the theme has no colours then.
  process.env.FORCE_COLOR = String(Math.max(1, depth))
  delete process.env.NO_COLOR // decided; Node would warn about the two together, on our screen
}

/** @throws Error where the wishes clash, which whoever read them has looked at. */
const keysOf = (wishes: KeyWishes): readonly KeyRow[] => {
  const bound = rebind(KEYMAP, wishes)
  if (!bound.ok) throw new Error(bound.error.map(({ message }) => message).join('; '))
  return bound.value
}

/** The last cell of a Windows console scrolls it, and with a frame of the full height Ink would draw everything every time. */
const usable = ({ columns, rows }: { readonly columns: number; readonly rows: number }) => ({
  columns: Math.max(1, columns),
  rows: Math.max(1, process.platform === 'win32' ? rows - 1 : rows),
})

/** The flags that name this instance again. */
const flagsOf = ({ env, home, instance }: ConsoleOptions): string => `--instance ${instance}${home === aegisHome(env) ? '' : ` --home ${home}`}`
