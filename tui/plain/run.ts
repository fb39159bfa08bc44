import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit, type ExitCode } from '../../src/exit.ts'
import { type SocketRole, socketPath } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import { inert, inertJson } from '../../src/text.ts'
import { VERSION } from '../../src/version.ts'
import type { Context } from '../commands/context.ts'
import { localActor } from '../link/actor.ts'
import { type FollowState, follow } from '../link/follow.ts'
import { merged } from '../link/merged.ts'
import { createFileTail } from '../logs/file-tail.ts'
import { decisionNews } from './decision.ts'
import { between, type News, standing } from './news.ts'

/** Between two looks at the decisions. */
const LOOK_MS = 250
const LOOK_BYTES_MAX = 1_048_576

/**
 * The console for a screen reader or a pipe: one line for each thing that happens, time, kind, subject and text with tabs between
 * them, or JSON; nothing is ever drawn over. Ends with the person's signal.
 */
export const runPlain = async (context: Context, role: SocketRole): Promise<ExitCode> => {
  const { clock, env, home, instance, json, paths } = context
  let known: Snapshot | null = null
  let isLost = false

  const tell = ({ kind, subject, text }: News): void => {
    const at = new Date(clock.now()).toISOString()
    context.out(
      json ? `${inertJson(JSON.stringify({ at, kind, subject, text }))}\n` : `${[at, kind, subject, text].map((field) => inert(field)).join('\t')}\n`,
    )
  }
  const tellAll = (news: readonly News[]): void => {
    for (const each of news) tell(each)
  }

  const onState = (state: FollowState): void => {
    if (state.kind === 'lost' && !isLost) {
      isLost = true
      const reason = typeof state.reason === 'string' ? state.reason : state.reason.message
      tell({ kind: 'link', subject: instance, text: `LOST: ${reason}; what was told before may no longer hold` })
    }
  }
  const onSnapshot = (snapshot: Snapshot): void => {
    if (isLost) tell({ kind: 'link', subject: instance, text: 'back' })
    isLost = false
    tellAll(known === null ? standing(snapshot) : between(known, snapshot))
    known = snapshot
  }

  // Decisions before this moment are history, which `signals` shows.
  const decisions = createFileTail({ path: join(paths.streams, 'signal_decisions.jsonl'), process: 'decisions', tailLines: 0 })
  let problem: string | null = null
  const look = (): void => {
    try {
      for (const { text, gap } of decisions.read(LOOK_BYTES_MAX, clock.monotonic()).lines)
        tell(gap === undefined ? decisionNews(text) : { kind: 'source', subject: 'decisions', text: gap })
      problem = null
    } catch (error) {
      // The engine is told of all the same; what is wrong is told once, for as long as it lasts.
      const { message } = error as Error
      if (message !== problem) tell({ kind: 'source', subject: 'decisions', text: `error: ${message}` })
      problem = message
    }
  }
  look() // opens it where it ends now
  const timer = setInterval(look, LOOK_MS)

  const follower = follow({
    path: socketPath(env, home, instance, role),
    instance,
    client: localActor(env),
    build: VERSION,
    clock,
    random: seeded(randomInt(2 ** 31)),
    onState,
    onSnapshot,
    onChanges: (changes) => {
      if (known === null) return
      const after = merged(known, changes)
      tellAll(between(known, after))
      known = after
    },
  })

  const ended = context.ended()
  try {
    if (!ended.aborted) await new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve(), { once: true }))
    look()
    return Exit.done
  } finally {
    clearInterval(timer)
    follower.stop()
    decisions.close()
  }
}
