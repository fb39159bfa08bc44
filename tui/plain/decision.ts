import { z } from 'zod'
import type { News } from './news.ts'

/** What is read of a line of `signal_decisions.jsonl`. */
const Line = z.object({
  decision: z.string(),
  blocker_component: z.string().nullable(),
  blocker_reason: z.string().nullable(),
  blockers: z.array(z.string()),
  signal_metadata: z.object({ id: z.string(), symbol: z.string(), side: z.string(), strategy: z.string() }),
})

/** A decided signal; a line that is none says so instead of being left out. */
export const decisionNews = (text: string): News => {
  const line = read(text)
  if (line === null) return { kind: 'decision', subject: '?', text: `not readable: ${text.slice(0, 80)}` }
  const { id, symbol, side, strategy } = line.signal_metadata
  const others = line.blockers.slice(1)
  const why =
    line.blocker_component === null
      ? ''
      : ` by ${line.blocker_component}: ${line.blocker_reason ?? ''}${others.length === 0 ? '' : ` (also ${others.join(', ')})`}`
  return { kind: 'decision', subject: symbol, text: `${side} ${line.decision}${why} (${id}, ${strategy})` }
}

const read = (text: string): z.infer<typeof Line> | null => {
  try {
    const parsed = Line.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null // a line that was cut; it is told as unreadable
  }
}
