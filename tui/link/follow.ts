import type { Clock } from '../../src/clock.ts'
import type { Actor } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { HEARTBEAT_MS } from '../../src/contracts/protocol.ts'
import { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import type { Answer, HelloResult } from '../../src/contracts/wire.ts'
import type { Random } from '../../src/random.ts'
import { backOffMs } from './back-off.ts'
import { type ConnectOptions, connect, type Link, type LinkFailure, type NotificationName } from './connect.ts'
import { illegible, misfit } from './misfit.ts'
import { outcomeOf } from './outcome.ts'
import { resultOf } from './result.ts'

export type FollowState =
  /** Only at the beginning; later attempts are part of `lost`, which keeps saying since when. */
  | { readonly kind: 'connecting' }
  /** Told again whenever something is heard. */
  | { readonly kind: 'live'; readonly hello: HelloResult; readonly lastHeardAt: number }
  /** `attempt` is the number of the next try, at `retryAt`. */
  | {
      readonly kind: 'lost'
      readonly since: number
      readonly attempt: number
      readonly retryAt: number
      readonly reason: LinkFailure | string
    }

export type FollowOptions = {
  readonly path: string
  readonly instance?: string
  readonly client: Actor
  readonly build: string
  readonly clock: Clock
  readonly random: Random
  readonly onState: (state: FollowState) => void
  readonly onSnapshot: (snapshot: Snapshot, sequence: number) => void
  readonly onChanges: (changes: SnapshotDelta, sequence: number) => void
  /** Told once when nothing was heard for so long. */
  readonly quiet?: { readonly ms: number; readonly onQuiet: () => void }
  /** Silence after which the engine counts as lost. */
  readonly silenceMsMax?: number
  readonly connectMsMax?: number
  readonly requestMsMax?: number
}

export type Follower = {
  readonly stop: () => void
  readonly command: (request: CommandRequest) => Promise<CommandResult>
  /** The engine's time; ours where it has never said. */
  readonly now: () => number
  /** Does not wait for the back-off. */
  readonly reconnectNow: () => void
}

const SILENCE_MS_MAX = 2.5 * HEARTBEAT_MS
/** Ids of commands with an unknown outcome that are remembered, the oldest forgotten first. */
const UNSETTLED_MAX = 256

/** Keeps a view of the engine for as long as it is wanted: connects, subscribes, notices silence and gaps, comes back. */
export const follow = (options: FollowOptions): Follower => {
  const { clock, random, onState } = options
  const stopped = new AbortController()
  let link: Link | null = null // greeted and subscribed, or about to be
  let hello: HelloResult | null = null
  let sequence: number | null = null // of what the view holds; null while a snapshot is under way
  let silence: NodeJS.Timeout | null = null
  let quiet: NodeJS.Timeout | null = null
  let retry: NodeJS.Timeout | null = null
  let since: number | null = null
  let heardAt: number | null = null // on our clock, whatever the engine's says
  let ahead = { wallMs: 0, steadyMs: 0 } // the engine's clock, of ours that tells the time and of ours that nobody sets
  let said = Number.NEGATIVE_INFINITY // the newest time that the engine told
  let attempt = 0
  const unsettled = new Set<string>()

  const attach = async (): Promise<void> => {
    const result = await connect(connectOptions(options, stopped.signal))
    if (stopped.signal.aborted) {
      if (result.ok) result.value.close()
      return
    }
    if (!result.ok) {
      lost(result.error)
      return
    }
    const opened = result.value
    link = opened
    learn(opened.hello.at)
    opened.onNotification((name, params) => {
      if (link === opened) hear(name, params)
    })
    void opened.closed.then((reason) => {
      if (link === opened) lost(reason)
    })
    await resubscribe(opened)
  }

  /** Asks for a snapshot and takes no deltas until it is there. */
  const resubscribe = async (on: Link): Promise<void> => {
    sequence = null
    const answer = await on.request('subscribe', {})
    if (link !== on) return
    if (!answer.ok) {
      lost(answer.error.message)
      return
    }
    const { sequence: at, snapshot } = (answer.value ?? {}) as Partial<Answer<'subscribe'>>
    const objection = misfit(Snapshot, snapshot)
    if (objection !== null || at === undefined || snapshot === undefined) {
      lost(illegible(on.hello, objection ?? 'it has no sequence'))
      return
    }
    live(on.hello)
    start(snapshot, at)
  }

  const live = (said: HelloResult): void => {
    hello = said
    since = null
    attempt = 0
    heard(0)
  }

  const learn = (at: number): void => {
    said = at
    ahead = { wallMs: at - clock.now(), steadyMs: at - clock.monotonic() }
  }

  /** What waited on its way is as old as it is, and a clock that was set, ours or the engine's, makes nothing old. */
  const ageOf = (at: number): number => {
    if (at < said) learn(at)
    said = at
    return Math.max(0, Math.min(clock.now() + ahead.wallMs, Math.round(clock.monotonic() + ahead.steadyMs)) - at)
  }

  const heard = (ageMs: number): void => {
    if (quiet !== null) quiet.refresh()
    else if (options.quiet !== undefined) quiet = setTimeout(options.quiet.onQuiet, options.quiet.ms)
    if (silence === null) silence = setTimeout(() => lost('the engine went silent'), options.silenceMsMax ?? SILENCE_MS_MAX)
    else silence.refresh()
    heardAt = clock.now() - ageMs
    if (hello !== null) onState({ kind: 'live', hello, lastHeardAt: heardAt })
  }

  const start = (snapshot: Snapshot, at: number): void => {
    sequence = at
    options.onSnapshot(snapshot, at)
  }

  const hear = (name: NotificationName, params: unknown): void => {
    const push = asPush(params)
    if (push === null) {
      lost(`the engine sent a ${name} of another shape`)
      return
    }
    if (hello === null) return // not subscribed yet
    const objection = push.snapshot === undefined ? misfit(SnapshotDelta, push.changes ?? {}) : misfit(Snapshot, push.snapshot)
    if (objection !== null) {
      lost(illegible(hello, objection))
      return
    }
    heard(push.at === undefined ? 0 : ageOf(push.at))
    if (sequence === null) return // the snapshot under way is newer
    if (name === 'snapshot' && push.snapshot !== undefined) start(push.snapshot, push.sequence)
    else if (name === 'delta' && push.sequence === sequence + 1 && push.changes !== undefined) {
      sequence = push.sequence
      options.onChanges(push.changes, push.sequence)
    } else if (push.sequence !== sequence && link !== null) void resubscribe(link)
  }

  const lost = (reason: LinkFailure | string): void => {
    const former = link
    detach()
    former?.close()
    since ??= heardAt ?? clock.now()
    attempt += 1
    const waitMs = backOffMs(attempt, random)
    retry = setTimeout(tryAgain, waitMs)
    onState({ kind: 'lost', since, attempt, retryAt: clock.now() + waitMs, reason })
  }

  /** Forgets the connection first, so that its end is not taken for a loss. */
  const detach = (): void => {
    link = null
    hello = null
    sequence = null
    if (silence !== null) clearTimeout(silence)
    silence = null
    if (quiet !== null) clearTimeout(quiet)
    quiet = null
  }

  const tryAgain = (): void => {
    if (retry !== null) clearTimeout(retry)
    retry = null
    void attach()
  }

  const command = async (request: CommandRequest): Promise<CommandResult> => {
    if (link === null || hello === null) return unsent(request.id)
    const answer = await link.request('command', request)
    const result = answer.ok ? resultOf(answer.value) : outcomeOf(answer.error)
    if (result.outcome === 'unknown') remember(request.id)
    else unsettled.delete(request.id)
    return result
  }

  /** Not sent now says nothing about an earlier time. */
  const unsent = (id: string): CommandResult =>
    unsettled.has(id)
      ? { outcome: 'unknown', auditSequence: null, message: 'no engine is connected, and it did not answer when it was asked before' }
      : { outcome: 'refused', auditSequence: null, message: 'not sent: no engine is connected' }

  const remember = (id: string): void => {
    unsettled.add(id)
    const [oldest] = unsettled
    if (unsettled.size > UNSETTLED_MAX && oldest !== undefined) unsettled.delete(oldest)
  }

  onState({ kind: 'connecting' })
  void attach()

  return {
    command,
    now: () => link?.now() ?? clock.now() + ahead.wallMs,
    reconnectNow: () => {
      if (retry !== null) tryAgain()
    },
    stop: () => {
      const former = link
      detach()
      stopped.abort()
      former?.close()
      if (retry !== null) clearTimeout(retry)
      retry = null
    },
  }
}

const connectOptions = ({ path, instance, client, build, connectMsMax, requestMsMax }: FollowOptions, signal: AbortSignal): ConnectOptions => ({
  path,
  client,
  build,
  signal,
  ...(instance === undefined ? {} : { instance }),
  ...(connectMsMax === undefined ? {} : { connectMsMax }),
  ...(requestMsMax === undefined ? {} : { requestMsMax }),
})

type Push = { readonly sequence: number; readonly at?: number; readonly snapshot?: Snapshot; readonly changes?: SnapshotDelta }

/** Its members are looked at where they are taken. */
const asPush = (params: unknown): Push | null => {
  if (typeof params !== 'object' || params === null) return null
  const { sequence, at, snapshot, changes } = params as Readonly<Record<string, unknown>>
  const shaped = Number.isSafeInteger(sequence) && (at === undefined || Number.isFinite(at)) && isSection(snapshot) && isSection(changes)
  return shaped ? (params as Push) : null
}

const isSection = (value: unknown): boolean => value === undefined || (typeof value === 'object' && value !== null)
