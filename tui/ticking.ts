/** One clock for everything that shows an age. */
const TICK_MS = 1_000
/** Somebody else may have written on our screen (`wall`); after so many ticks that is gone by itself. */
const HEAL_TICKS = 60

/** Ticks until it is ended, and has the whole screen drawn anew now and then. */
export const startTicking = (
  every: (ms: number, run: () => void) => () => void,
  { onTick, onHeal }: { readonly onTick: () => void; readonly onHeal: () => void },
): (() => void) => {
  let ticks = 0
  return every(TICK_MS, () => {
    ticks += 1
    onTick()
    if (ticks % HEAL_TICKS === 0) onHeal()
  })
}
