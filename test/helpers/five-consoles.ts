import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { localActor } from '../../tui/link/actor.ts'
import { connect } from '../../tui/link/connect.ts'
import { openPty, type Pty } from './pty.ts'

const bin = fileURLToPath(new URL('../../bin/aegis-console.js', import.meta.url))

export type FiveConsoles = {
  /** Consoles that came, asked for everything and went again. */
  readonly visits: () => number
  /** Ends them all. @throws where the one that comes and goes was not let in. */
  readonly close: () => Promise<void>
}

/**
 * What one engine may have to bear at once: two consoles that look, one that stopped reading, one that was killed, and one that comes, asks
 * for everything and hangs up, again and again. Resolves when all of them have been there.
 * @param env of the engine's instance. @param path of its socket. @param restMs between two visits.
 */
export const fiveConsoles = async (env: NodeJS.ProcessEnv, path: string, restMs = 0): Promise<FiveConsoles> => {
  const open = async (): Promise<Pty> => {
    const pty = openPty([process.execPath, bin, 'attach'], env, 100, 30)
    await pty.until('attached', (text) => text.includes('RUNNING'), 30_000)
    return pty
  }
  const looking = await Promise.all([open(), open()])
  const stalled = await open()
  process.kill(stalled.pid(), 'SIGSTOP')
  const killed = await open()
  await killed.close() // by SIGKILL

  let wanted = true
  let visits = 0
  const visit = async (): Promise<void> => {
    const linked = await connect({ path, client: localActor(env), build: 'test' })
    if (!linked.ok) throw new Error(linked.error.message)
    const answer = await linked.value.request('subscribe', {})
    linked.value.close()
    if (!answer.ok) throw new Error(answer.error.message)
    visits += 1
  }
  await visit()
  const visitAgain = async (): Promise<void> => {
    while (wanted) {
      await visit()
      if (restMs > 0) await pause(restMs)
    }
  }
  const visiting = visitAgain().then(
    () => null,
    (error: Error) => error,
  )

  return {
    visits: () => visits,
    close: async () => {
      wanted = false
      await Promise.all([...looking, stalled].map((pty) => pty.close()))
      const error = await visiting
      if (error !== null) throw error
    },
  }
}
