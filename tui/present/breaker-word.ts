import type { BreakerView } from '../../src/contracts/breaker.ts'

/** The state of a breaker as people read it: what is shut is in capitals. */
export const breakerWord = ({ state }: Pick<BreakerView, 'state'>): string =>
  state === 'closed' ? 'closed' : state === 'halfOpen' ? 'HALF-OPEN' : state.toUpperCase()
