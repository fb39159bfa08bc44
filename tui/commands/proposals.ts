import { Exit, ExitError } from '../../src/exit.ts'
import { reasonFor } from './ask.ts'
import type { CommandFunction } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { readReport } from './report.ts'
import { send } from './send.ts'

/** What outcomes suggest to change. Saying yes changes nothing by itself; it is recorded, with who and why. */
export const proposals: CommandFunction = async (context, [what = 'list', id], options) => {
  if (what === 'list') {
    if (id !== undefined) throw new ExitError(Exit.usage, 'proposals list takes no id')
    return await readReport(context, 'proposals')
  }
  if (id === undefined) throw new ExitError(Exit.usage, `proposals ${what} ID: the id is missing`, 'aegis-console proposals lists them')
  const verdict = what === 'approve' ? 'approve' : 'reject'
  const reason = await reasonFor(context, options, `${verdict} ${id}`)
  return await send(context, await openLink(context, OPERATE), { kind: 'proposal', id, verdict }, reason)
}
