import { type AuditVerdict, verifyAudit } from '../../src/audit-chain.ts'
import type { Clock } from '../../src/clock.ts'
import type { InstancePaths } from '../../src/home.ts'
import type { Chain } from '../store/state.ts'

/** Looks at the whole trail after this key had its frame, and says how it ended. */
export const verifyTrail = (paths: InstancePaths, clock: Clock, onChain: (chain: Chain) => void): void => {
  onChain({ kind: 'running', records: 0 })
  setImmediate(() => {
    try {
      const verdict = verifyAudit({ trail: paths.audit, heads: paths.auditHeads, publicKey: paths.auditPublicKey })
      onChain(chainOf(verdict, clock.now()))
    } catch (error) {
      onChain({ kind: 'broken', message: (error as Error).message, at: clock.now() })
    }
  })
}

const chainOf = ({ ok, fault, records, signedFrom }: AuditVerdict, at: number): Chain => {
  if (ok) return { kind: 'sound', sequence: records, at }
  if (fault?.kind === 'unsigned' && signedFrom !== null) return { kind: 'unsigned', signedFrom, sequence: records, at }
  return { kind: 'broken', message: `${fault?.line == null ? '' : `line ${fault.line}: `}${fault?.message ?? 'unknown fault'}`, at }
}
