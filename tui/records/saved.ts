import type { Records } from './record.ts'

/** What the refused signals of one guard came to, had they been traded: in the account's currency, after fees. */
export type Saved = { readonly ended: number; readonly avoided: number; readonly missed: number }

const made = new WeakMap<Records['shadows'], ReadonlyMap<string, Saved>>()

/** By the guard that refused first, as far as the outcomes were read; a guard without one is not in it. */
export const savedByGuard = (shadows: Records['shadows']): ReadonlyMap<string, Saved> => {
  const known = made.get(shadows)
  if (known !== undefined) return known
  const sums = new Map<string, Saved>()
  for (const { original_decision, blocker_component: guard, pnl } of shadows.rows) {
    const result = Number(pnl ?? Number.NaN)
    if (original_decision !== 'BLOCKED' || guard === null || !Number.isFinite(result)) continue
    const { ended, avoided, missed } = sums.get(guard) ?? { ended: 0, avoided: 0, missed: 0 }
    sums.set(guard, { ended: ended + 1, avoided: avoided + Math.max(0, -result), missed: missed + Math.max(0, result) })
  }
  made.set(shadows, sums)
  return sums
}
