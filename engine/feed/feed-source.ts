import { z } from 'zod'
import { FIREWALL_RULES } from '../../src/contracts/market.ts'
import { Count } from '../../src/contracts/names.ts'
import type { TapeEnd } from '../tape/port.ts'
import type { FileIdentity } from './replay-file.ts'

/** Where the tape stood when this source began: what comes after is the source's. */
const Base = z.strictObject({
  sequence: Count,
  bars: Count,
  rejects: Count,
  rejectsByRule: z.partialRecord(z.enum(FIREWALL_RULES), Count),
  barsByInstrument: z.record(z.string(), Count),
})
export type Base = z.infer<typeof Base>

const Described = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('replay'),
    /** Where the file was; it may move. */
    path: z.string(),
    size: Count,
    headBytes: Count,
    headHash: z.string(),
    /** The same rows as another instrument, or cut otherwise, are another source. */
    symbol: z.string().nullable(),
    timeframeMs: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('simulated'),
    seed: Count,
    timeframeMs: z.number().positive(),
    symbols: z.array(z.string()),
  }),
])
export type Described = z.infer<typeof Described>

/** `data/feed-source.json`: which source the end of the tape comes from, so that a restart goes on in the right row. */
const SourceRecord = z.strictObject({ source: Described, base: Base })
export type SourceRecord = z.infer<typeof SourceRecord>

/** The record, or null where the text is none of ours. */
export const parseSource = (text: string): SourceRecord | null => {
  try {
    const parsed = SourceRecord.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null // the caller says so in the log and begins the source anew
  }
}

export const baseOf = (end: TapeEnd): Base => ({
  sequence: end.sequence,
  bars: end.bars,
  rejects: end.rejects,
  rejectsByRule: { ...end.rejectsByRule },
  barsByInstrument: Object.fromEntries([...end.barsByInstrument].map(([instrument, bars]) => [String(instrument), bars])),
})

export type Resume =
  | { readonly kind: 'first' }
  | { readonly kind: 'same'; readonly base: Base; readonly grown: boolean }
  /** The tape ends in another source: this one begins at its first row. */
  | { readonly kind: 'other'; readonly was: string }

/** Whether the source goes on where the tape ends. `beginsAs` compares the file's beginning with a remembered one. */
export const resumeOf = (record: SourceRecord | null, end: TapeEnd, source: Described, beginsAs: (identity: FileIdentity) => boolean): Resume => {
  if (end.sequence === 0 && end.rejects === 0) return { kind: 'first' } // whatever was before went with its tape
  if (record === null || record.base.sequence > end.sequence || record.base.rejects > end.rejects) return { kind: 'other', was: 'an unknown source' }
  const was = record.source
  if (was.kind === 'simulated' || source.kind === 'simulated') {
    return JSON.stringify(was) === JSON.stringify(source) ? { kind: 'same', base: record.base, grown: false } : { kind: 'other', was: nameOf(was) }
  }
  const same = was.symbol === source.symbol && was.timeframeMs === source.timeframeMs && source.size >= was.size && beginsAs(was)
  return same ? { kind: 'same', base: record.base, grown: source.size > was.size } : { kind: 'other', was: nameOf(was) }
}

const nameOf = (source: Described): string => (source.kind === 'replay' ? source.path : `simulated seed ${source.seed}`)
