import { existsSync } from 'node:fs'
import { Exit, ExitError } from '../../src/exit.ts'

/** So many files of one millisecond are no accident any more. */
const SAME_TIME_MAX = 1_000

/** A free name for a file that is kept aside for a person to look at: `bot.pid.corrupt-20260102T030405678Z`. */
export const asidePath = (path: string, label: string, at: number): string => {
  const base = `${path}.${label}-${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}`
  if (!existsSync(base)) return base
  for (let number = 2; number <= SAME_TIME_MAX; number += 1) if (!existsSync(`${base}-${number}`)) return `${base}-${number}`
  throw new ExitError(Exit.corrupt, `${base} and ${SAME_TIME_MAX} like it exist already`, 'look at them and move them away')
}
