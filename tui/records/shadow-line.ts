import { z } from 'zod'

/** What the console needs of a line of `shadow_trade_outcomes.jsonl`; the line has more. Amounts may be decimals as text. */
const Figure = z.union([z.number(), z.string()]).nullable()

export const ShadowLine = z.looseObject({
  signal_id: z.string(),
  symbol: z.string(),
  pnl: Figure,
  pnl_pct: z.number().nullable(),
  hold_time_seconds: z.number().nullable(),
  was_profitable: z.boolean().nullable(),
  original_decision: z.string(),
  blocker_component: z.string().nullable(),
  ts: z.number(),
})
export type ShadowLine = z.infer<typeof ShadowLine>
