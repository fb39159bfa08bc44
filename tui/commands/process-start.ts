import { readFileSync } from 'node:fs'

/** Fields of `/proc/<pid>/stat` after the name, which may itself hold blanks and brackets: the state is 0, the start time 19. */
const STATE = 0
const START = 19

/**
 * What tells one process from a later one with its number: the start time in clock ticks since boot. Null where no such process
 * runs; a zombie is none. Other systems have no `/proc`, there the number alone has to do.
 */
export const processStart = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[STATE] === 'Z' || fields[STATE] === 'X' ? null : (fields[START] ?? null)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (process.platform === 'linux') {
      if (code === 'ENOENT' || code === 'ESRCH') return null
      throw error
    }
    return answersSignals(pid) ? 'unknown' : null
  }
}

const answersSignals = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's, but there
  }
}
