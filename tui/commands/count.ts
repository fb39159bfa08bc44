import { Exit, ExitError } from '../../src/exit.ts'
import { type Options, text } from './context.ts'

const COUNT_DEFAULT = 20
const COUNT_MAX = 100_000

/** How many records a list shows: `-n N`. @throws ExitError 64 */
export const countOf = (options: Options): number => {
  const given = text(options, 'lines')
  if (given === undefined) return COUNT_DEFAULT
  const count = Number(given)
  if (!/^\d+$/.test(given) || count < 1 || count > COUNT_MAX)
    throw new ExitError(Exit.usage, `-n ${JSON.stringify(given)}: expected 1 to ${COUNT_MAX}`)
  return count
}
