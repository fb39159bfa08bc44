import { join } from 'node:path'
import type { CycleLine } from '../../src/contracts/stream.ts'
import { Exit } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { countOf } from './count.ts'
import { printList, time } from './print.ts'
import { lastRecords } from './records.ts'
import { demandSource } from './source.ts'

/** Recorded cycles, newest last. Works without an engine. */
export const cycles: CommandFunction = async (context, _, options) => {
  const path = join(context.paths.streams, 'cycles.jsonl')
  demandSource(context.paths, 'streams', path)
  const rows = lastRecords<CycleLine>(context, path, countOf(options), ({ number }) => typeof number === 'number')
  printList(
    context,
    [
      { head: 'CYCLE', right: true, of: ({ number }) => number },
      { head: 'AT', of: ({ at }) => time(at) },
      { head: 'TRIGGER', of: ({ trigger }) => trigger },
      { head: 'MS', right: true, of: ({ durationMs }) => durationMs?.toFixed(2) },
      { head: 'BARS', right: true, of: ({ bars }) => (bars ? `${bars.from}-${bars.to}` : null) },
      { head: 'EVENTS', right: true, of: ({ events }) => events },
      { head: 'SIGNALS', right: true, of: ({ signals }) => signals },
      { head: 'BLOCKED', right: true, of: ({ blocked }) => blocked },
      { head: 'ORDERS', right: true, of: ({ orders }) => orders },
      { head: 'FILLS', right: true, of: ({ fills }) => fills },
      { head: 'RESULT', of: ({ result }) => result },
    ],
    rows,
    'no cycles recorded',
  )
  return Exit.done
}
