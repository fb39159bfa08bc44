import { readFileSync, renameSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { Actor } from '../../src/contracts/audit.ts'
import { DesiredState } from '../../src/contracts/engine.ts'
import { Timestamp } from '../../src/contracts/names.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { inert } from '../../src/text.ts'
import { systemActor } from '../audit/actor.ts'
import { asidePath } from '../audit/aside.ts'
import type { Desired } from './messages.ts'

const DesiredFile = z.strictObject({
  state: DesiredState,
  reason: z.string(),
  actor: Actor,
  commandId: z.string().nullable(),
  at: Timestamp,
})

export type LoadedDesired = {
  readonly desired: Desired
  /** Why it is not what a person last wanted; null where it is. */
  readonly problem: string | null
  /** Where a corrupt file went. */
  readonly keptAside: string | null
}

export type LoadDesiredOptions = { readonly path: string; readonly ledgerExists: boolean; readonly now: number }

/** What the engine shall do. Where a person's wish was lost it pauses: exits go on and nobody's halt is forgotten into a run. */
export const loadDesired = ({ path, ledgerExists, now }: LoadDesiredOptions): LoadedDesired => {
  const by = (state: DesiredState, reason: string): Desired => ({ state, reason, actor: systemActor, commandId: null, at: now })
  const paused = (problem: string, keptAside: string | null): LoadedDesired => ({ desired: by('paused', problem), problem, keptAside })

  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') return paused(`the desired state cannot be read: ${code}`, null)
    if (ledgerExists) return paused('the desired state is missing beside a ledger', null)
    return { desired: by('running', 'new instance'), problem: null, keptAside: null }
  }
  const desired = parseDesired(text)
  if (desired !== null) return { desired, problem: null, keptAside: null }
  const aside = asidePath(path, 'corrupt', now)
  renameSync(path, aside)
  return paused('the desired state is corrupt', aside)
}

const parseDesired = (text: string): Desired | null => {
  try {
    return DesiredFile.parse(JSON.parse(text))
  } catch {
    return null // reported as corrupt, whatever is wrong with it
  }
}

/** On the disk when it returns, and before anybody is told. */
export const saveDesired = (path: string, desired: Desired): void => writeFileAtomic(path, `${JSON.stringify(desired)}\n`)

export type DesiredCommand = 'pause' | 'resume' | 'halt' | 'rearm'

/** The state after a person's command, or why it is refused. Asking for what is already so is accepted. */
export const moveDesired = (current: DesiredState, command: DesiredCommand, breaker?: string): Result<DesiredState, string> =>
  command === 'rearm' ? rearmed(current, breaker) : moves[command][current]

const latched = (state: 'halted' | 'safe', breaker: string): Result<never, string> =>
  err(`${state} is latched: rearm it first (breakers rearm ${breaker})`)

const moves: Readonly<Record<Exclude<DesiredCommand, 'rearm'>, Readonly<Record<DesiredState, Result<DesiredState, string>>>>> = {
  pause: {
    running: ok('paused'),
    paused: ok('paused'),
    halted: err('halted already takes no entries'),
    safe: err('safe already takes no entries'),
  },
  resume: {
    running: ok('running'),
    paused: ok('running'),
    halted: latched('halted', 'halt'),
    safe: latched('safe', 'safe'),
  },
  halt: { running: ok('halted'), paused: ok('halted'), halted: ok('halted'), safe: ok('halted') },
}

/** Which desired state a latch stands for. Letting go of one only pauses; a person then resumes. */
const latches: Readonly<Record<string, DesiredState>> = { halt: 'halted', safe: 'safe' }

export const isLatch = (breaker: string): boolean => Object.hasOwn(latches, breaker)

const rearmed = (current: DesiredState, breaker: string | undefined): Result<DesiredState, string> => {
  if (breaker === undefined || !Object.hasOwn(latches, breaker))
    return err(`no breaker ${breaker === undefined ? 'named' : inert(breaker)}; there are ${Object.keys(latches).join(' and ')}`)
  return latches[breaker] === current ? ok('paused') : err(`${breaker} is not latched: the engine is wanted ${current}`)
}
