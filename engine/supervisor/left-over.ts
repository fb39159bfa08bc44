import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { replaceFile } from '../../src/atomic-file.ts'
import type { Clock } from '../../src/clock.ts'
import { processIdentity } from './process-identity.ts'

/** An orphan finishes its cycle within this time; one that hangs does not. */
const GRACE_MS = 2_000
const LOOK_MS = 10
/** The kernel needs a moment to take a killed process apart. */
const KILL_MS_MAX = 2_000

const Known = z.array(z.object({ name: z.string(), pid: z.int().positive(), startTicks: z.string(), bootId: z.string() }))
type Known = z.infer<typeof Known>[number]

/** Writes down which processes are ours, so that whoever starts after a kill knows whom to wait for. */
export const rememberChildren = (path: string, children: readonly { readonly name: string; readonly pid: number }[]): void => {
  const known = children.flatMap(({ name, pid }) => {
    const identity = processIdentity(pid)
    return identity === null ? [] : [{ name, pid, ...identity }]
  })
  replaceFile(path, `${JSON.stringify(known)}\n`)
}

/**
 * Children of an engine that was killed may still finish their cycle, and one that was stopped would wake up one day and write.
 * Ledger and tape have one writer, so nothing starts before all of them are gone. @returns what was found, for the trail.
 */
export const endLeftOvers = async (path: string, clock: Clock, graceMs = GRACE_MS): Promise<readonly string[]> => {
  const left = read(path).filter(isAlive)
  if (left.length === 0) return []
  const begun = clock.monotonic()
  await untilGone(left, clock, graceMs)
  const hung = left.filter(isAlive)
  for (const { pid } of hung) kill(pid)
  await untilGone(hung, clock, KILL_MS_MAX)
  const after = Math.round(clock.monotonic() - begun)
  return left.map((each) => `${each.name} (pid ${each.pid}) of the engine before ${ending(each, hung)}; waited ${after} ms`)
}

const ending = (each: Known, hung: readonly Known[]): string => {
  if (!hung.includes(each)) return 'left by itself'
  return isAlive(each) ? 'could not be killed' : 'was killed'
}

const untilGone = async (processes: readonly Known[], clock: Clock, msMax: number): Promise<void> => {
  const deadline = clock.monotonic() + msMax
  while (processes.some(isAlive) && clock.monotonic() < deadline) await pause(LOOK_MS)
}

const isAlive = ({ pid, startTicks, bootId }: Known): boolean => {
  const now = processIdentity(pid)
  return now !== null && now.startTicks === startTicks && now.bootId === bootId
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went by itself in between.
  }
}

const read = (path: string): readonly Known[] => {
  if (!existsSync(path)) return []
  try {
    return Known.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return [] // a file that a power cut damaged: after it no process of that boot is left
  }
}
