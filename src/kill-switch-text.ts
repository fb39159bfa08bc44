import type { KillSwitchOrigin } from './contracts/breaker.ts'

/**
 * The one sentence for it, so that whoever finds it in two places can tell that it is one thing. Apart from the contract, because
 * a console that only starts should not load what checks one.
 */
export const killSwitchText = (origin: KillSwitchOrigin, on: boolean, reason: string): string =>
  `the kill switch is ${on ? 'on' : 'off'} (${origin}): ${reason}`
