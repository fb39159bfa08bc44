import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { type Delta, FRAME_BYTES_MAX, type Heartbeat, type Resnapshot, type Role, RpcError, type SingletonReport } from '../../src/contracts/wire.ts'
import { type Environment, socketPath, socketRoot } from '../../src/home.ts'
import { encodeFrame } from '../../src/ndjson.ts'
import { type ClientSession, createClientSession } from './client-session.ts'
import type { Hub } from './hub.ts'
import { LIMITS, type Limits } from './limits.ts'
import { createMethods } from './methods.ts'
import { createRefusals } from './refusals.ts'
import { foldersOf, listenAt, prepareFolder } from './sockets.ts'

export type ControlOptions = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  readonly pid: number
  readonly build: string
  readonly hub: Hub
  readonly clock: Clock
  readonly log: Logger
  /** Carries a command out. Expiry and repeated ids are its business. */
  readonly command: (request: CommandRequest, role: Role) => Promise<CommandResult>
  /** Records the report and returns its audit sequence. */
  readonly singletonViolation: (report: SingletonReport) => number
  /** Someone was turned away; inert text, at most ten a minute. */
  readonly onRefused: (text: string) => void
  readonly limits?: Partial<Limits>
}

export type ControlServer = {
  /** Answers what is in flight, closes every connection and removes the sockets. Call it before the singleton lock is let go. */
  readonly close: () => Promise<void>
}

const ROLES: readonly Role[] = ['operator', 'observer']

/** Opens both control sockets. Their mode decides who may connect, the socket decides the role. */
export const startControlServer = async (options: ControlOptions): Promise<ControlServer> => {
  const { env, home, instance, hub, clock, log } = options
  const limits: Limits = { ...LIMITS, ...options.limits }
  const refused = createRefusals(clock, options.onRefused)
  const broadcast = createBroadcast(hub, clock, log, limits.heartbeatMs)
  const methods = createMethods({
    hub,
    log,
    identity: () => ({ build: options.build, instance, pid: options.pid, at: clock.now() }),
    command: options.command,
    singletonViolation: options.singletonViolation,
    refused,
  })
  const sessions = new Set<ClientSession>()
  let connections = 0

  const admit = (role: Role, present: Set<Socket>, socket: Socket): void => {
    if (present.size >= limits.clientsMax) {
      refused(`a further ${role} client was turned away: ${limits.clientsMax} are connected`)
      turnAway(socket, `${limits.clientsMax} clients are connected already`, limits.lingerMsMax)
      return
    }
    connections += 1
    present.add(socket)
    socket.once('close', () => present.delete(socket))
    const session = createClientSession({
      socket,
      role,
      number: connections,
      methods,
      hub,
      limits,
      log,
      resnapshot: broadcast.resnapshot,
      refused,
      onSubscribed: broadcast.add,
      onClosed: broadcast.remove,
    })
    sessions.add(session)
    socket.once('close', () => sessions.delete(session))
  }

  const open = async (role: Role): Promise<Server> => {
    const path = socketPath(env, home, instance, role)
    for (const folder of foldersOf(path, socketRoot(env))) prepareFolder(folder)
    const present = new Set<Socket>()
    // Half open is allowed, so that a script that has said all it wants to say still gets its answers.
    const server = createServer({ allowHalfOpen: true }, (socket) => admit(role, present, socket))
    await listenAt(server, path, role)
    server.on('error', (error) => log.error({ err: error, role }, 'a control socket failed'))
    return server
  }

  const servers: Server[] = []
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    for (const session of sessions) session.finish()
    const deadline = setTimeout(() => {
      for (const session of sessions) session.destroy()
    }, limits.lingerMsMax)
    await Promise.all(closed)
    clearTimeout(deadline)
    broadcast.stop()
  }

  try {
    for (const role of ROLES) servers.push(await open(role))
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

/** One error and the door; it costs no session. What the client says meanwhile is read and thrown away, so that it can read the error. */
const turnAway = (socket: Socket, message: string, lingerMsMax: number): void => {
  const gone = (): void => {
    socket.destroy()
  }
  const timer = setTimeout(gone, lingerMsMax)
  socket.once('close', () => clearTimeout(timer))
  socket.on('error', gone)
  socket.resume()
  socket.end(encodeFrame({ jsonrpc: '2.0', id: null, error: { code: RpcError.tooManyClients, message } }))
}

/** Pushes every change to all subscribers, encoded once, and a heartbeat where there is none. Runs only while someone listens. */
const createBroadcast = (hub: Hub, clock: Clock, log: Logger, heartbeatMs: number) => {
  const subscribers = new Set<ClientSession>()
  let unsubscribe: (() => void) | null = null
  let heartbeat: NodeJS.Timeout | null = null

  const encode = (method: 'delta' | 'snapshot' | 'heartbeat', params: Delta | Resnapshot | Heartbeat): Buffer | null => {
    const frame = encodeFrame({ jsonrpc: '2.0', method, params })
    if (frame.length <= FRAME_BYTES_MAX) return frame
    log.error({ method, bytes: frame.length }, 'a push is too large for a frame and was left out')
    return null
  }

  const send = (frame: Buffer | null): void => {
    if (frame === null) return
    for (const session of [...subscribers]) session.push(frame)
    heartbeat?.refresh() // it beats a whole interval after whatever was said last
  }

  const beat = (): void => send(encode('heartbeat', { sequence: hub.get().sequence, at: clock.now() }))

  const stop = (): void => {
    unsubscribe?.()
    unsubscribe = null
    if (heartbeat !== null) clearInterval(heartbeat)
    heartbeat = null
  }

  return {
    resnapshot: (): Buffer | null => encode('snapshot', { ...hub.get(), at: clock.now() }),
    add: (session: ClientSession): void => {
      subscribers.add(session)
      unsubscribe ??= hub.subscribe((delta) => send(encode('delta', delta)))
      heartbeat ??= setInterval(beat, heartbeatMs)
    },
    remove: (session: ClientSession): void => {
      subscribers.delete(session)
      if (subscribers.size === 0) stop()
    },
    stop,
  }
}
