import type { Clock } from '../../src/clock.ts'
import type { Actor } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { type Filter, NO_FILTER, parseFilter } from '../logs/filter.ts'
import type { LogBook } from '../logs/log-book.ts'
import type { KeyEvent } from '../terminal/key-event.ts'
import type { Schedule } from '../terminal/schedule.ts'
import { type Effect, logRows, press } from './press.ts'
import type { Dialog } from './state.ts'
import type { ConsoleStore } from './use-console.ts'

/** The engine refuses a command that reaches it later than this. */
const COMMAND_EXPIRY_MS = 20_000
/** While the outcome is unknown the same id is asked about again: so often, so far apart. Longer than the command is valid. */
const ASKS_MAX = 15
const ASK_AGAIN_MS = 2_000

export type OperatorOptions = {
  readonly store: ConsoleStore
  readonly logs: LogBook
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  readonly reconnect: () => void
  readonly actor: Actor
  readonly newId: () => string
  readonly clock: Clock
  readonly schedule: Schedule
  readonly onDetach: () => void
  readonly onRepaint: () => void
  readonly onSuspend: () => void
}

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
      case 'logEdge':
        if (effect.to === 'first') logs.toFirst(height)
        else logs.toLive()
        break
      case 'freezeLog':
        logs.toggleFreeze(height)
        break
      case 'filterLog':
        logs.setFilter(filterOf(effect.text))
        break
      case 'levelLog':
        logs.setLevelMin(effect.level)
        break
    }
  }

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = schedule(ms, () => {
        waiting.delete(cancel)
        resolve()
      })
      waiting.add(cancel)
    })

  /** Sends it once and asks about the very same id until the engine says what became of it. */
  const send = async ({ command, reason }: Dialog): Promise<void> => {
    const request: CommandRequest = {
      id: options.newId(),
      actor: options.actor,
      reason: reason.trim(),
      expiresAt: clock.now() + COMMAND_EXPIRY_MS,
      command,
    }
    let result: CommandResult = { outcome: 'unknown', auditSequence: null, message: 'not answered yet' }
    for (let asks = 1; asks <= ASKS_MAX && !stopped; asks += 1) {
      store.update({ kind: 'sent', id: request.id, tries: asks, unsure: asks > 1 })
      result = await options.command(request)
      if (result.outcome !== 'unknown') break
      if (stopped || asks === ASKS_MAX) break
      store.update({ kind: 'sent', id: request.id, tries: asks, unsure: true })
      await wait(ASK_AGAIN_MS)
    }
    if (!stopped) store.update({ kind: 'result', id: request.id, result })
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
      if (effects.length > 0 || logRows(before) !== logRows(after) || before.pane !== after.pane) refreshLogs(true)
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

/** The prompt takes only what can be parsed. */
const filterOf = (text: string): Filter => {
  const filter = parseFilter(text)
  return filter.ok ? filter.value : NO_FILTER
}
