import { type AuditVerdict, verifyAudit } from '../../src/audit-chain.ts'
import { Exit } from '../../src/exit.ts'
import type { Context } from './context.ts'
import { cell, note, printJson } from './print.ts'

/** Whether the trail is whole: exit 0 or 1, also 1 where only its newer part is signed. What a good verdict does not prove is said with it. */
export const auditVerify = async (context: Context): Promise<number> => {
  const { audit: trail, auditHeads: heads, auditPublicKey: publicKey } = context.paths
  const verdict = verifyAudit({ trail, heads, publicKey })
  const { ok, fault } = verdict
  if (context.json) printJson(context, { trail, ...verdict })
  else {
    context.out(`${verdictWord(verdict)}  ${verdict.records} records, ${verdict.heads} signed heads, last hash ${verdict.last?.hash ?? '-'}\n`)
    for (const open of verdict.doesNotProve) context.out(`does not prove ${cell(open)}\n`)
  }
  if (fault !== null) note(context, `aegis-console: ${trail}${fault.line === null ? '' : `:${fault.line}`}: ${fault.message}`)
  return ok ? Exit.done : Exit.checkFalse
}

/** A chain that holds and is signed for a part only is neither broken nor proven. */
const verdictWord = ({ ok, fault, signedFrom }: AuditVerdict): string => {
  if (ok) return 'INTACT'
  return fault?.kind === 'unsigned' ? `SIGNED ONLY FROM RECORD ${signedFrom}` : 'BROKEN'
}
