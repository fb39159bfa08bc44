import type { Schedule } from '../terminal/schedule.ts'

/** Shortest time between two notifications about data; input and alarms do not wait. */
const DATA_INTERVAL_MS = 250

export type Store<State, Action> = {
  readonly get: () => State
  readonly subscribe: (listener: () => void) => () => void
  readonly update: (action: Action) => void
  /** Forgets a notification that is still pending. */
  readonly close: () => void
}

export type StoreOptions<State, Action> = {
  readonly initial: State
  readonly reduce: (state: State, action: Action) => State
  /** True where the change has to be seen at once. */
  readonly urgent: (before: State, after: State, action: Action) => boolean
  readonly monotonic: () => number
  readonly schedule: Schedule
  /** A number, or what it is for this state: a person may slow it down. */
  readonly intervalMs?: number | ((state: State) => number)
}

/** Mutable state behind three functions. However much data comes, listeners hear of it four times a second; a timer runs only while a notification is pending. */
export const createStore = <State, Action>(options: StoreOptions<State, Action>): Store<State, Action> => {
  const { reduce, urgent, monotonic, schedule, intervalMs = DATA_INTERVAL_MS } = options
  const listeners = new Set<() => void>()
  let state = options.initial
  let notifiedAt = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | null = null

  const notify = (): void => {
    cancel?.()
    cancel = null
    notifiedAt = monotonic()
    for (const listener of [...listeners]) listener()
  }

  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    update: (action) => {
      const before = state
      state = reduce(before, action)
      if (state === before) return
      const wait = notifiedAt + (typeof intervalMs === 'number' ? intervalMs : intervalMs(state)) - monotonic()
      if (wait <= 0 || urgent(before, state, action)) notify()
      else cancel ??= schedule(wait, notify)
    },
    close: () => {
      cancel?.()
      cancel = null
      listeners.clear()
    },
  }
}
