import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { type SocketRole, socketPath } from '../../src/home.ts'
import { lookAt } from '../../src/regular-file.ts'
import { VERSION } from '../../src/version.ts'
import { localActor } from '../link/actor.ts'
import { connect, type Link, type LinkFailure, type RequestFailure } from '../link/connect.ts'
import type { Context } from './context.ts'

const EXIT_OF: Readonly<Record<LinkFailure['kind'], (typeof Exit)[keyof typeof Exit]>> = {
  absent: Exit.notRunning,
  refused: Exit.notRunning,
  notSocket: Exit.notRunning,
  timeout: Exit.notRunning,
  protocol: Exit.protocol,
  denied: Exit.refused,
  stranger: Exit.refused,
}

const REMEDY: Readonly<Record<LinkFailure['kind'], string | null>> = {
  absent: 'aegis-console start starts one',
  refused: 'aegis-console start starts one',
  notSocket: null,
  timeout: 'aegis-console doctor looks for the reason',
  protocol: 'restart the engine, or use the console of its version',
  denied: null,
  stranger: 'aegis-console fleet shows whose engines run',
}

/** Sockets in the order in which they are tried. Whoever may only watch finds the operator's closed and the observer's open. */
export const WATCH: readonly SocketRole[] = ['operator', 'observer']
export const OPERATE: readonly SocketRole[] = ['operator']

/** @throws ExitError 3 where no engine answers, 4 where it may not be used, 6 where it speaks another protocol. */
export const openLink = async (context: Context, roles: readonly SocketRole[]): Promise<Link> => {
  let first: LinkFailure | null = null
  for (const role of roles) {
    const path = socketPath(context.env, context.home, context.instance, role)
    const link = await connect({ path, instance: context.instance, client: localActor(context.env), build: VERSION })
    if (link.ok) return link.value
    first ??= link.error
    // Another socket of the same engine helps only where this one is not for us.
    if (link.error.kind !== 'denied' && link.error.kind !== 'absent') break
  }
  const { kind, message } = first ?? { kind: 'absent' as const, message: 'no socket to try' }
  throw new ExitError(EXIT_OF[kind], kind === 'absent' ? `no engine of instance ${context.instance} is running` : message, REMEDY[kind])
}

/** Turns the end of a request without an answer into the end of the command. */
export const requestFailed = ({ kind, message }: RequestFailure): ExitError =>
  new ExitError(kind === 'error' ? Exit.refused : Exit.notRunning, `the engine gave no answer: ${message}`)

/** That no engine answers is told also where the file is none. */
const snapshotBeside = async (context: Context, absent: ExitError): Promise<Snapshot | null> => {
  try {
    return await lastSnapshot(context)
  } catch (error) {
    if (!(error instanceof ExitError)) throw error
    throw new ExitError(error.code, `${absent.message}; ${error.message}`, error.remedy)
  }
}

/** The running engine's snapshot, or the last one that was written with the reason why it is only that. */
export type Seen =
  | { readonly running: true; readonly snapshot: Snapshot }
  | { readonly running: false; readonly snapshot: Snapshot | null; readonly failure: ExitError }

export const see = async (context: Context): Promise<Seen> => {
  let link: Link
  try {
    link = await openLink(context, WATCH)
  } catch (error) {
    if (!(error instanceof ExitError) || error.code !== Exit.notRunning) throw error
    return { running: false, snapshot: await snapshotBeside(context, error), failure: error }
  }
  try {
    const answer = await link.request('status', {})
    if (!answer.ok) throw requestFailed(answer.error)
    return { running: true, snapshot: answer.value }
  } finally {
    link.close()
  }
}

/**
 * Loads the schemas: what another version left, or half of it, would fail wherever it is shown.
 * @throws ExitError 65 where the file is there and is no snapshot of this version.
 */
export const lastSnapshot = async ({ paths }: Context): Promise<Snapshot | null> => {
  if (lookAt(paths.snapshot) === null) return null
  const { readPast } = await import('../store/past.ts')
  const { snapshot, problem } = readPast(paths.snapshot)
  if (snapshot === null)
    throw new ExitError(Exit.corrupt, problem?.replace(/^error: /, '') ?? `${paths.snapshot} is no snapshot`, 'the next start writes it anew')
  return snapshot
}
