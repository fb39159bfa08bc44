import { verifyAudit } from '../../src/audit-chain.ts'
import type { Clock } from '../../src/clock.ts'
import type { InstancePaths } from '../../src/home.ts'
import type { Chain } from '../store/state.ts'

/** Looks at the whole trail after this key had its frame, and says how it ended. */
export const verifyTrail = (paths: InstancePaths, clock: Clock, onChain: (chain: Chain) => void): void => {
  onChain({ kind: 'running', records: 0 })
  setImmediate(() => {
    try {
      const { ok, fault, records } = verifyAudit({ trail: paths.audit, heads: paths.auditHeads, publicKey: paths.auditPublicKey })
      onChain(
        ok
          ? { kind: 'sound', sequence: records, at: clock.now() }
          : {
              kind: 'broken',
              message: `${fault?.line === null || fault === null ? '' : `line ${fault.line}: `}${fault?.message ?? 'unknown fault'}`,
              at: clock.now(),
            },
      )
    } catch (error) {
      onChain({ kind: 'broken', message: (error as Error).message, at: clock.now() })
    }
  })
}
