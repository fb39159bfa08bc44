import { readFileSync } from 'node:fs'

/** What tells two processes with one pid apart. */
export type ProcessIdentity = {
  /** Start of the process in clock ticks since the boot. */
  readonly startTicks: string
  readonly bootId: string
}

/** Fields of `/proc/PID/stat` counted from the one after the name (proc_pid_stat(5) counts from 1 and calls it 3). */
const STATE = 0
const START_TICKS = 19
const DEAD = new Set(['Z', 'X', 'x'])

/** Null when the process is gone, is a zombie, or the system does not say. */
export const processIdentity = (pid: number): ProcessIdentity | null => {
  const stat = read(`/proc/${pid}/stat`)
  const bootId = read('/proc/sys/kernel/random/boot_id')?.trim()
  if (stat === null || bootId === undefined) return null
  // The name is in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[STATE], fields[START_TICKS]]
  if (state === undefined || startTicks === undefined || DEAD.has(state)) return null
  return { startTicks, bootId }
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // gone between two looks (ENOENT, ESRCH), or a system without /proc
  }
}
