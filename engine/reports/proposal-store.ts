import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { Timestamp } from '../../src/contracts/names.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { err, ok, type Result } from '../../src/result.ts'

/** Something to change that outcomes suggest. Amounts are decimal text; `net` is over the `n` outcomes that it was tested on. */
export const Proposal = z.strictObject({
  id: z.string().min(1).max(64),
  kind: z.enum(['loosen', 'tighten', 'weight']),
  guard: z.string().nullable(),
  strategy: z.string().nullable(),
  /** Where what it names stands in the settings. */
  setting: z.string(),
  from: z.number(),
  to: z.number(),
  touchesMoney: z.boolean(),
  evidence: z.strictObject({
    n: z.int(),
    learnedFrom: z.int(),
    folds: z.int(),
    foldsHeld: z.int(),
    net: z.string(),
    interval: z.strictObject({ low: z.string(), high: z.string() }),
  }),
  expectedPerTrade: z.string(),
  /** Wall time of the first report that made it. */
  madeAt: Timestamp,
})
export type Proposal = z.infer<typeof Proposal>

export const Verdict = z.strictObject({
  id: z.string(),
  verdict: z.enum(['approve', 'reject']),
  touchesMoney: z.boolean(),
  at: Timestamp,
  by: z.string(),
  reason: z.string(),
})
export type Verdict = z.infer<typeof Verdict>

/** After a proposal that touches money was made, and after one was approved, before one may be approved. */
export const COOL_DOWN_MS = 3_600_000

/** Proposals are written by the reports and verdicts by the supervisor: each file has one writer, so neither undoes the other's. */
export type ProposalFiles = { readonly proposals: string; readonly proposalVerdicts: string }

const read = <Row>(path: string, schema: z.ZodType<Row>): Row[] => {
  if (!existsSync(path)) return []
  try {
    return z.strictObject({ version: z.literal(1), rows: z.array(schema) }).parse(JSON.parse(readFileSync(path, 'utf8'))).rows
  } catch (error) {
    throw new ExitError(Exit.corrupt, `${path}: ${(error as Error).message}`, 'move it away; nothing was changed')
  }
}

const write = (path: string, rows: readonly object[]): void => writeFileAtomic(path, `${JSON.stringify({ version: 1, rows }, null, 2)}\n`)

/** @throws ExitError 65 where a file is not ours. */
export const readProposals = (files: ProposalFiles): (Proposal & { readonly verdict: Verdict | null })[] => {
  const verdicts = new Map(read(files.proposalVerdicts, Verdict).map((verdict) => [verdict.id, verdict]))
  return read(files.proposals, Proposal).map((proposal) => ({ ...proposal, verdict: verdicts.get(proposal.id) ?? null }))
}

/** Keeps what is proposed now, with the time at which each was first made, and what was decided once. @throws ExitError 65 */
export const keepProposals = (files: ProposalFiles, made: readonly Omit<Proposal, 'madeAt'>[], now: number): void => {
  const before = readProposals(files)
  const known = new Map(before.map((proposal) => [proposal.id, proposal]))
  const ids = new Set(made.map(({ id }) => id))
  const decided = before.filter(({ id, verdict }) => verdict !== null && !ids.has(id)).map(({ verdict: _, ...proposal }) => proposal)
  write(files.proposals, [...decided, ...made.map((proposal) => ({ ...proposal, madeAt: known.get(proposal.id)?.madeAt ?? now }))])
}

/** What a person says of a proposal. It changes no setting; an error says why it was not taken. */
export const judgeProposal = (
  files: ProposalFiles,
  {
    id,
    verdict,
    by,
    reason,
    now,
  }: { readonly id: string; readonly verdict: Verdict['verdict']; readonly by: string; readonly reason: string; readonly now: number },
): Result<string, string> => {
  let verdicts: Verdict[]
  let proposal: (Proposal & { readonly verdict: Verdict | null }) | undefined
  try {
    verdicts = read(files.proposalVerdicts, Verdict)
    proposal = readProposals(files).find((each) => each.id === id)
  } catch (error) {
    return err((error as Error).message)
  }
  if (proposal === undefined) return err(`no proposal ${id}`)
  if (proposal.verdict !== null) return err(`${id} was ${past(proposal.verdict.verdict)} by ${proposal.verdict.by} at ${iso(proposal.verdict.at)}`)
  const until =
    COOL_DOWN_MS +
    verdicts.reduce((last, each) => (each.touchesMoney && each.verdict === 'approve' ? Math.max(last, each.at) : last), proposal.madeAt)
  if (verdict === 'approve' && proposal.touchesMoney && now < until) return err(`${id} touches money: it may be approved from ${iso(until)} on`)
  try {
    write(files.proposalVerdicts, [...verdicts, { id, verdict, touchesMoney: proposal.touchesMoney, at: now, by, reason }])
  } catch (error) {
    return err(`it could not be written: ${(error as Error).message}`)
  }
  return ok(verdict === 'reject' ? `${id} rejected` : `${id} approved; nothing changes by itself: set ${proposal.setting} and reload`)
}

const past = (verdict: Verdict['verdict']): string => (verdict === 'approve' ? 'approved' : 'rejected')
const iso = (at: number): string => new Date(at).toISOString()
