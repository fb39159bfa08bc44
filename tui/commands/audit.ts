import type { AuditRecord } from '../../src/contracts/audit.ts'
import { Exit } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { countOf } from './count.ts'
import { printList } from './print.ts'
import { lastRecords } from './records.ts'
import { demandSource } from './source.ts'

/** The audit trail, newest last, or its verification. Works without an engine. */
export const audit: CommandFunction = async (context, [what = 'list'], options) => {
  if (what === 'verify') return await (await import('./audit-verify.ts')).auditVerify(context)
  demandSource(context.paths, 'trail', context.paths.audit)
  const rows = lastRecords<AuditRecord>(context, context.paths.audit, countOf(options), ({ sequence }) => typeof sequence === 'number')
  printList(
    context,
    [
      { head: '#', right: true, of: ({ sequence }) => sequence },
      { head: 'TIME', of: ({ time }) => time },
      { head: 'EVENT', of: ({ event }) => event },
      { head: 'WHO', of: ({ actor }) => [actor?.name, actor?.tty, actor?.ssh].filter(Boolean).join(' ') },
      { head: 'CAUSE', of: ({ cause }) => cause },
      {
        head: 'DETAIL',
        of: ({ detail = {} }) =>
          Object.entries(detail)
            .map(([name, value]) => `${name}=${value}`)
            .join(' '),
      },
      { head: 'REASON', of: ({ reason }) => reason },
    ],
    rows,
    'the audit trail is empty',
  )
  return Exit.done
}
