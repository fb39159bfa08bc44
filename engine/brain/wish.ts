import { z } from 'zod'
import { VALUES_MAX, type Wish } from './strategy.ts'

const Told = {
  confidence: z.number().min(0).max(1),
  reason: z.string().min(1).max(200),
  values: z
    .record(z.string().max(40), z.number())
    .refine((values) => Object.keys(values).length <= VALUES_MAX, `at most ${VALUES_MAX} values`)
    .optional(),
}
const PriceOrNone = z.number().positive().nullable()

const WishShape = z.discriminatedUnion('side', [
  z.strictObject({ side: z.literal('long'), stop: PriceOrNone, target: PriceOrNone.optional(), ...Told }),
  z.strictObject({ side: z.literal('short'), stop: PriceOrNone, target: PriceOrNone.optional(), ...Told }),
  z.strictObject({ side: z.literal('flat'), ...Told }),
])

/** A wish that was looked at: every member present, prices on their right sides. */
export type CheckedWish = {
  readonly side: Wish['side']
  readonly stop: number | null
  readonly target: number | null
  readonly confidence: number
  readonly reason: string
  readonly values: Readonly<Record<string, number>>
}

/** @throws TypeError that says what is wrong with what a strategy emitted. */
export const checkWish = (wish: unknown, close: number): CheckedWish => {
  const parsed = WishShape.safeParse(wish)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new TypeError(`emit: ${issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `}${issue?.message}`)
  }
  const { side, confidence, reason, values = {} } = parsed.data
  if (side === 'flat') return { side, stop: null, target: null, confidence, reason, values }

  const { stop, target = null } = parsed.data
  const wrong = passed(side, stop, target, close)
  if (wrong !== null) throw new TypeError(`emit: ${wrong} of the close ${close} for a ${side}`)
  return { side, stop, target, confidence, reason, values }
}

/** Which of stop and target lies on the wrong side of a price, in words; null where both are right. */
export const passed = (side: Wish['side'], stop: number | null, target: number | null, price: number): string | null => {
  const sign = side === 'long' ? 1 : -1
  if (side === 'flat') return null
  if (stop !== null && sign * (price - stop) <= 0) return `stop ${stop} is on the wrong side`
  if (target !== null && sign * (target - price) <= 0) return `target ${target} is on the wrong side`
  return null
}
