import { readdirSync } from 'node:fs'
import type { Clock } from '../../src/clock.ts'
import type { Actor } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { Snapshot } from '../../src/contracts/snapshot.ts'
import { type Environment, instancePaths, socketPath } from '../../src/home.ts'
import { INSTANCE_NAME } from '../../src/instance-name.ts'
import { connect, type Link } from '../link/connect.ts'
import { illegible, misfit } from '../link/misfit.ts'
import { outcomeOf } from '../link/outcome.ts'
import { resultOf } from '../link/result.ts'
import { createPastReader, type Past } from '../store/past.ts'
import type { Fleet, FleetEngine } from '../store/state.ts'

/** Between two looks at the other instances while the view is open. */
const LOOK_MS = 2_000
const INSTANCES_MAX = 64
const CONNECT_MS = 1_000

export type FleetWatch = {
  /** Looks while somebody looks; asking again does nothing. */
  readonly open: () => void
  readonly pause: () => void
  /** The request is made with the time of that engine. */
  readonly command: (instance: string, requestAt: (now: number) => CommandRequest) => Promise<CommandResult>
  readonly close: () => void
}

export type FleetOptions = {
  readonly env: Environment
  readonly home: string
  readonly client: Actor
  readonly version: string
  readonly clock: Clock
  readonly onFleet: (fleet: Fleet) => void
}

type Member = { readonly past: () => Past; link: Link | null; heardAt: number; goneAt: number | null; snapshot: Snapshot | null; reason: string }

/** All instances of this home, asked one after the other for their state; nothing is subscribed, so it costs each engine one answer a look. */
export const createFleetWatch = ({ env, home, client, version, clock, onFleet }: FleetOptions): FleetWatch => {
  const members = new Map<string, Member>()
  let timer: NodeJS.Timeout | null = null
  let looking = false
  let closed = false

  const names = (): readonly string[] =>
    readdirSync(home, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && INSTANCE_NAME.test(entry.name) && entry.name !== 'locks')
      .map(({ name }) => name)
      .sort()
      .slice(0, INSTANCES_MAX)

  const memberOf = (instance: string): Member => {
    const known = members.get(instance)
    if (known !== undefined) return known
    const made: Member = {
      past: createPastReader(instancePaths(home, instance).snapshot),
      link: null,
      heardAt: 0,
      goneAt: null,
      snapshot: null,
      reason: 'not asked yet',
    }
    members.set(instance, made)
    return made
  }

  const linkTo = async (instance: string): Promise<Link | null> => {
    const member = memberOf(instance)
    if (member.link !== null) return member.link
    const link = await newLink(instance)
    if (link === null) return null
    member.link = link
    void link.closed.then((reason) => {
      if (member.link !== link) return
      member.link = null
      member.goneAt = clock.now()
      member.reason = reason
    })
    return link
  }

  const newLink = async (instance: string): Promise<Link | null> => {
    for (const role of ['operator', 'observer'] as const) {
      const made = await connect({ path: socketPath(env, home, instance, role), instance, client, build: version, connectMsMax: CONNECT_MS })
      if (made.ok) return made.value
      memberOf(instance).reason = made.error.kind === 'absent' || made.error.kind === 'refused' ? 'no engine' : made.error.message
    }
    return null
  }

  const ask = async (instance: string): Promise<void> => {
    const member = memberOf(instance)
    const link = await linkTo(instance)
    if (link === null) {
      // What an engine said of itself is newer than its files, until one came and went that was not asked.
      if (member.heardAt === 0) member.snapshot = member.past().snapshot
      return
    }
    const answer = await link.request('status', {})
    if (!answer.ok) return
    const objection = misfit(Snapshot, answer.value)
    if (objection !== null) {
      // The engine of another instance may well be of another version: then only this is known of it.
      if (member.link === link) member.link = null
      link.close()
      Object.assign(member, { heardAt: 0, snapshot: null, reason: illegible(link.hello, objection) })
      return
    }
    member.snapshot = answer.value
    member.heardAt = clock.now()
    member.goneAt = null
  }

  const engineOf = (instance: string): FleetEngine => {
    const member = memberOf(instance)
    if (member.link !== null && member.heardAt > 0) {
      return { instance, snapshot: member.snapshot, link: { kind: 'live', heardAt: member.heardAt, role: member.link.hello.role } }
    }
    const link = member.heardAt > 0 ? ({ kind: 'gone', since: member.goneAt } as const) : ({ kind: 'none', reason: member.reason } as const)
    return { instance, snapshot: member.snapshot, link }
  }

  const look = async (): Promise<void> => {
    if (looking || closed) return
    looking = true
    try {
      const found = names()
      await Promise.all(found.map(ask))
      if (!closed) onFleet({ engines: found.map(engineOf), problem: null })
    } catch (error) {
      onFleet({ engines: [], problem: `error: ${(error as Error).message}` })
    } finally {
      looking = false
    }
  }

  return {
    open: () => {
      if (timer !== null || closed) return
      void look()
      timer = setInterval(() => void look(), LOOK_MS)
    },
    pause: () => {
      if (timer !== null) clearInterval(timer)
      timer = null
    },
    command: async (instance, requestAt) => {
      // The link for looking hears the engine's time only once, and the host may have slept since.
      const link = await newLink(instance)
      if (link === null) return { outcome: 'refused', auditSequence: null, message: memberOf(instance).reason }
      const answer = await link.request('command', requestAt(link.now()))
      link.close()
      return answer.ok ? resultOf(answer.value) : outcomeOf(answer.error)
    },
    close: () => {
      closed = true
      if (timer !== null) clearInterval(timer)
      for (const { link } of members.values()) link?.close()
      members.clear()
    },
  }
}
