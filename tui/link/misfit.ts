import type { z } from 'zod'
import type { HelloResult } from '../../src/contracts/wire.ts'

/** Limits of figures and texts are the engine's own business, and members that are new to us are left alone: neither breaks a view. */
const breaksViews = (issue: z.core.$ZodIssue): boolean =>
  (issue.code === 'invalid_type' && issue.expected !== 'int') || issue.code === 'invalid_value' || issue.code === 'invalid_union'

/**
 * Why what an engine tells cannot be shown; null where it can. The engine may be of another build with the same protocol number, and
 * it may have been replaced under a console that stays open.
 */
export const misfit = (schema: z.ZodType, told: unknown): string | null => {
  const parsed = schema.safeParse(told)
  const issue = parsed.error?.issues.find(breaksViews)
  return issue === undefined ? null : `${issue.path.map(String).join('.') || 'all of it'}: ${issue.message}`
}

export const illegible = ({ build }: HelloResult, objection: string): string =>
  `the engine (build ${build}) tells its state in a way that this console does not know (${objection}); use the console of its version`
