import type { AuditRecord } from '../../src/contracts/audit.ts'
import type { Trail, TrailFact } from '../audit/trail.ts'

/** Facts kept in memory while the trail cannot be written; what comes beyond is counted. */
const WAITING_MAX = 1_000

export type RecorderPorts = {
  readonly trail: Pick<Trail, 'append'>
  readonly now: () => number
  readonly onRecord: (record: AuditRecord) => void
  /** The first refusal of the disk since it last took something. */
  readonly onTrouble: (reason: string) => void
  readonly onRelief: (late: number, lost: number) => void
}

export type Recorder = {
  /** On the disk when it returns. @throws where it is not; for what must not be acknowledged otherwise. */
  readonly record: (fact: TrailFact) => AuditRecord
  /** For what happened whether it can be written or not. Never throws: it is written, in order, as soon as that works again. */
  readonly note: (fact: TrailFact) => void
  /** Tries again to write what waits. */
  readonly retry: () => void
}

type Waiting = { readonly fact: TrailFact; readonly at: number }

/** Between the supervisor and its trail, so that a full disk costs neither the engine nor the order of what is recorded. */
export const createRecorder = ({ trail, now, onRecord, onTrouble, onRelief }: RecorderPorts): Recorder => {
  const waiting: Waiting[] = []
  let late = 0
  let lost = 0
  let troubled = false

  const append = (fact: TrailFact): AuditRecord => {
    const record = trail.append(fact)
    onRecord(record)
    return record
  }

  const catchUp = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const happenedAt = new Date(next.at).toISOString()
      append({ ...next.fact, detail: { ...next.fact.detail, happenedAt } })
      waiting.shift()
      late += 1
    }
  }

  /** Only after something was written: an empty queue proves nothing about the disk. */
  const relieve = (): void => {
    if (!troubled) return
    const ended = { late, lost }
    troubled = false
    late = 0
    lost = 0
    onRelief(ended.late, ended.lost)
  }

  const trouble = (error: unknown): void => {
    if (troubled) return
    troubled = true
    onTrouble((error as Error).message)
  }

  const write = (fact: TrailFact): AuditRecord => {
    catchUp()
    const written = append(fact)
    relieve()
    return written
  }

  const record = (fact: TrailFact): AuditRecord => {
    try {
      return write(fact)
    } catch (error) {
      trouble(error)
      throw error
    }
  }

  const note = (fact: TrailFact): void => {
    const at = now()
    try {
      write(fact)
    } catch (error) {
      // Kept before anybody hears of the trouble, for that makes facts of its own.
      if (waiting.length < WAITING_MAX) waiting.push({ fact, at })
      else lost += 1
      trouble(error)
    }
  }

  const retry = (): void => {
    if (waiting.length === 0) return
    try {
      catchUp()
    } catch {
      return // still refused, as was told
    }
    relieve()
  }

  return { record, note, retry }
}
