import type { Clock } from '../../src/clock.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { type Environment, type SocketRole, socketPath } from '../../src/home.ts'
import type { Random } from '../../src/random.ts'
import { localActor } from '../link/actor.ts'
import { type Follower, type FollowState, follow } from '../link/follow.ts'
import { STALE_MS } from './select.ts'
import type { ConsoleStore } from './use-console.ts'

export type EngineLinkOptions = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  readonly readOnly: boolean
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly store: ConsoleStore
  /** Nobody answered. */
  readonly onUnreached: () => void
}

export type EngineLink = {
  readonly start: () => void
  readonly stop: () => void
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  readonly now: () => number
  readonly reconnectNow: () => void
}

/** Follows the engine into the store: as an operator where that is wanted and allowed, else as an observer. */
export const createEngineLink = (options: EngineLinkOptions): EngineLink => {
  const { env, home, instance, clock, random, store, version } = options
  let role: SocketRole = options.readOnly ? 'observer' : 'operator'
  let follower: Follower | null = null
  let stopped = false

  const onState = (state: FollowState): void => {
    if (stopped) return
    store.update({ kind: 'link', state })
    if (state.kind !== 'lost') return
    if (role === 'operator' && typeof state.reason !== 'string' && state.reason.kind === 'denied') {
      role = 'observer' // whoever may not command may still watch
      follower?.stop()
      queueMicrotask(start)
      return
    }
    options.onUnreached()
  }

  const start = (): void => {
    if (stopped) return
    follower = follow({
      path: socketPath(env, home, instance, role),
      instance,
      client: localActor(env),
      build: version,
      clock,
      random,
      onState,
      // Between two ticks of the clock, so that old figures are marked within two seconds.
      quiet: { ms: STALE_MS + 1, onQuiet: () => store.update({ kind: 'tick', now: clock.now(), monotonic: clock.monotonic() }) },
      onSnapshot: (snapshot, sequence) => {
        if (!stopped) store.update({ kind: 'snapshot', snapshot, sequence })
      },
      onChanges: (changes, sequence) => {
        if (!stopped) store.update({ kind: 'changes', changes, sequence })
      },
    })
  }

  return {
    start,
    stop: () => {
      stopped = true
      follower?.stop()
    },
    command: async (request) =>
      follower === null ? { outcome: 'refused', auditSequence: null, message: 'not sent: not connected yet' } : await follower.command(request),
    now: () => follower?.now() ?? clock.now(),
    reconnectNow: () => follower?.reconnectNow(),
  }
}
