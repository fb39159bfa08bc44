import type { Clock } from '../../src/clock.ts'
import type { Actor } from '../../src/contracts/audit.ts'
import type { Command, CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { type Filter, NO_FILTER, parseFilter } from '../filter.ts'
import type { LogBook } from '../logs/log-book.ts'
import type { KeyEvent } from '../terminal/key-event.ts'
import type { Schedule } from '../terminal/schedule.ts'
import { isAnother } from './dialog.ts'
import { logRows, press } from './press.ts'
import type { Effect } from './pressed.ts'
import type { ConsoleState, Dialog, Outcome } from './state.ts'
import type { ConsoleStore } from './use-console.ts'

/** The engine refuses a command that reaches it later than this, by its own clock. */
const COMMAND_EXPIRY_MS = 20_000
/** While the outcome is unknown the same id is asked about again: so often, so far apart. Longer than the command is valid. */
const ASKS_MAX = 15
const ASK_AGAIN_MS = 2_000

export type OperatorOptions = {
  readonly store: ConsoleStore
  readonly logs: LogBook
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  /** Wall time of the attached engine. */
  readonly engineNow: () => number
  readonly reconnect: () => void
  readonly actor: Actor
  readonly newId: () => string
  readonly clock: Clock
  readonly schedule: Schedule
  readonly onDetach: () => void
  readonly onRepaint: () => void
  readonly onSuspend: () => void
  readonly outside: Outside
}

/** What a key may ask of files, the terminal and other engines. Each answers with what to tell, or nothing. */
export type Outside = {
  readonly copy: (text: string) => Said
  readonly plain: (state: ConsoleState) => void
  readonly diagnose: (state: ConsoleState) => void
  readonly exportTo: (path: string, state: ConsoleState) => Said
  readonly verify: () => void
  readonly attach: (instance: string) => void
  readonly wallBoard: () => void
  /** A command for other instances than the attached one, made with the time of its engine. */
  readonly commandTo: (instance: string, requestAt: (now: number) => CommandRequest) => Promise<CommandResult>
}

export type Said = { readonly text: string; readonly tone: 'text' | 'warning' }
const SAID_MS = 8_000

/** Carries out what keys ask for. The decisions are in `press`. */
export type Operator = {
  readonly press: (event: KeyEvent) => void
  readonly tick: () => void
  /** The log or the size of its pane changed. */
  readonly refreshLogs: (asked: boolean) => void
  readonly stop: () => void
}

export const createOperator = (options: OperatorOptions): Operator => {
  const { store, logs, clock, schedule } = options
  const waiting = new Set<() => void>()
  let stopped = false

  const tick = (): void => store.update({ kind: 'tick', now: clock.now(), monotonic: clock.monotonic() })

  const refreshLogs = (asked: boolean): void => store.update({ kind: 'logs', window: logs.window(logRows(store.get())), asked })

  const perform = (effect: Effect): void => {
    const height = logRows(store.get())
    switch (effect.kind) {
      case 'detach':
        options.onDetach()
        break
      case 'repaint':
        options.onRepaint()
        break
      case 'suspend':
        options.onSuspend()
        break
      case 'reconnect':
        options.reconnect()
        break
      case 'send':
        void send(effect.dialog)
        break
      case 'scrollLog':
        logs.scroll(effect.rows, height)
        break
      case 'chooseLog':
        logs.choose(effect.rows, height)
        break
      case 'contextLog':
        logs.toggleContext(height)
        break
      case 'processLog':
        logs.setProcesses(effect.only)
        break
      case 'logEdge':
        if (effect.to === 'first') logs.toFirst(height)
        else logs.toLive()
        break
      case 'timeLog':
        logs.toTime(effect.time, height)
        break
      case 'freezeLog':
        logs.toggleFreeze(height)
        break
      case 'filterLog':
        logs.setFilter(filterOf(effect.text, clock.now()))
        break
      case 'levelLog':
        logs.setLevelMin(effect.level)
        break
      case 'searchLog':
        logs.jump(effect.by, height)
        break
      case 'markLog':
        if (effect.jump) logs.toNextMark(height)
        else logs.mark(height)
        break
      case 'copy':
        say(options.outside.copy(effect.text))
        break
      case 'plain':
        options.outside.plain(store.get())
        break
      case 'diagnose':
        options.outside.diagnose(store.get())
        break
      case 'export':
        say(options.outside.exportTo(effect.path, store.get()))
        break
      case 'verify':
        options.outside.verify()
        break
      case 'attach':
        options.outside.attach(effect.instance)
        break
      case 'wallBoard':
        options.outside.wallBoard()
        break
    }
  }

  const say = ({ text, tone }: Said): void => store.update({ kind: 'message', message: { text, tone, until: clock.monotonic() + SAID_MS } })

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = schedule(ms, () => {
        waiting.delete(cancel)
        resolve()
      })
      waiting.add(cancel)
    })

  const requestOf = (command: Command, reason: string, now: number): CommandRequest => ({
    id: options.newId(),
    actor: options.actor,
    reason: reason.trim(),
    expiresAt: now + COMMAND_EXPIRY_MS,
    command,
  })

  /** Sends it once and asks about the very same id until the engine says what became of it. */
  const send = async (dialog: Dialog): Promise<void> => {
    if (dialog.fleet !== null) return sendToFleet(dialog, dialog.fleet)
    const { command, reason } = dialog
    const request = requestOf(command, reason, options.engineNow())
    let result: CommandResult = { outcome: 'unknown', auditSequence: null, message: 'not answered yet' }
    for (let asks = 1; asks <= ASKS_MAX && !stopped; asks += 1) {
      store.update({ kind: 'sent', id: request.id, tries: asks, unsure: asks > 1 ? result.message : null })
      const other = asks > 1 ? otherEngine(dialog, store.get()) : null
      result = other === null ? await options.command(request) : await inquire(request, other)
      if (result.outcome !== 'unknown' || result.message === UNRECORDED) break
      if (stopped || asks === ASKS_MAX) break
      store.update({ kind: 'sent', id: request.id, tries: asks, unsure: result.message })
      await wait(ASK_AGAIN_MS)
    }
    if (!stopped) store.update({ kind: 'result', id: request.id, result })
  }

  /** What is in the trail is answered from it, and what is not has expired: an engine that took the place of another is not asked to do it. */
  const inquire = async (request: CommandRequest, { engine, audit }: Snapshot): Promise<CommandResult> => {
    const result = await options.command({ ...request, expiresAt: Math.min(engine.startedAt, options.engineNow() - 1) })
    const isOwn = result.outcome === 'refused' && result.auditSequence !== null && result.auditSequence > audit.sequence
    return isOwn ? { ...result, outcome: 'unknown', message: UNRECORDED } : result
  }

  /** One after the other, so that the answers are told in the order of the names. */
  const sendToFleet = async ({ command, reason }: Dialog, instances: readonly string[]): Promise<void> => {
    const id = options.newId()
    store.update({ kind: 'sent', id, tries: 1, unsure: null })
    const told: string[] = []
    const outcomes = new Set<Outcome['outcome']>()
    for (const instance of instances) {
      const result = await options.outside.commandTo(instance, (now) => requestOf(command, reason, now))
      told.push(
        `${instance}: ${result.outcome}${result.auditSequence === null ? '' : ` (audit ${result.auditSequence})`}${result.outcome === 'accepted' ? '' : ` ${result.message}`}`,
      )
      outcomes.add(result.outcome)
    }
    const outcome = WORST_FIRST.find((each) => outcomes.has(each)) ?? 'accepted'
    if (!stopped) store.update({ kind: 'result', id, result: { outcome, auditSequence: null, message: told.join('; ') } })
  }

  return {
    press: (event) => {
      tick() // ages and deadlines are those of this very key
      const before = store.get()
      const { actions, effects } = press(before, event)
      for (const action of actions) store.update(action)
      for (const effect of effects) perform(effect)
      if (stopped) return
      const after = store.get()
      if (effects.length > 0 || logRows(before) !== logRows(after) || before.pane !== after.pane || before.view !== after.view) refreshLogs(true)
    },
    tick,
    refreshLogs,
    stop: () => {
      stopped = true
      for (const cancel of waiting) cancel()
      waiting.clear()
    },
  }
}

/** What only lets less in is right at any engine of the instance; anything else was meant for the one that was named, with its positions and alerts. */
const RIGHT_ANYWHERE: ReadonlySet<Command['kind']> = new Set(['pause', 'halt'])

/** The engine that answers now where the command is not for it. */
const otherEngine = ({ command, basis }: Dialog, { snapshot }: ConsoleState): Snapshot | null => {
  const isRight = RIGHT_ANYWHERE.has(command.kind) || (command.kind === 'killSwitch' && command.on)
  return snapshot === null || isRight || !isAnother(basis, snapshot) ? null : snapshot
}

const UNRECORDED = 'another engine answers now; it has no record of this and did not do it, but the one before may have'

/** What may have happened asks for more of a person than what did not. */
const WORST_FIRST: readonly Outcome['outcome'][] = ['unknown', 'refused', 'accepted']

/** The prompt takes only what can be parsed. */
const filterOf = (text: string, now: number): Filter => {
  const filter = parseFilter(text, now)
  return filter.ok ? filter.value : NO_FILTER
}
