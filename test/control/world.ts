import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createHub, type Hub } from '../../engine/control/hub.ts'
import { type ControlOptions, type ControlServer, startControlServer } from '../../engine/control/server.ts'
import type { Clock } from '../../src/clock.ts'
import type { CommandRequest } from '../../src/contracts/command.ts'
import { PROTOCOL, type Role, type SingletonReport } from '../../src/contracts/wire.ts'
import { aegisHome, type Environment, socketPath } from '../../src/home.ts'
import { createFrameReader } from '../../src/ndjson.ts'
import type { Millis } from '../../src/units.ts'
import { AT, person, sample } from './sample.ts'

/** A clock that stands still until it is moved. */
export const handClock = (): Clock & { advance: (ms: number) => void } => {
  let passed = 0
  return { now: () => (AT + passed) as Millis, monotonic: () => passed, advance: (ms) => (passed += ms) }
}

export type Place = { readonly env: Environment; readonly home: string; readonly path: (role: Role) => string; readonly remove: () => void }

/** Folders of their own, short enough for a socket. */
export const createPlace = (): Place => {
  const root = mkdtempSync(join(tmpdir(), 'aegis-t-'))
  const env = { XDG_RUNTIME_DIR: join(root, 'run'), HOME: root }
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 })
  const home = aegisHome(env)
  return {
    env,
    home,
    path: (role) => socketPath(env, home, 'default', role),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

export type World = {
  readonly place: Place
  readonly hub: Hub
  readonly clock: ReturnType<typeof handClock>
  readonly commands: { readonly request: CommandRequest; readonly role: Role }[]
  readonly reports: SingletonReport[]
  readonly refusals: string[]
  readonly logged: string[]
  /** Resolves once a line that holds the text is logged, or was. */
  readonly log: (text: string) => Promise<void>
  readonly server: ControlServer
  readonly client: (role?: Role) => Promise<RawClient>
  readonly dispose: () => Promise<void>
}

export type WorldOptions = Partial<Pick<ControlOptions, 'limits' | 'command'>> & {
  /** Called whenever the server reads the hub. */
  readonly onGet?: (hub: Hub) => void
}

/** A control server on real sockets with everything that it reports written down. */
export const createWorld = async (options: WorldOptions = {}, place = createPlace()): Promise<World> => {
  const clock = handClock()
  const hub = createHub(sample, clock)
  const commands: World['commands'] = []
  const reports: SingletonReport[] = []
  const refusals: string[] = []
  const logged: string[] = []
  const readers: { readonly text: string; readonly resolve: () => void }[] = []
  const write = (line: string): void => {
    logged.push(line)
    for (const { text, resolve } of readers) if (line.includes(text)) resolve()
  }
  const clients: RawClient[] = []
  const server = await startControlServer({
    env: place.env,
    home: place.home,
    instance: 'default',
    pid: 17,
    build: 'test',
    hub: { ...hub, get: () => read(hub, options.onGet) },
    clock,
    log: pino({ level: 'info' }, { write }),
    command: async (request, role) => {
      commands.push({ request, role })
      return await (options.command?.(request, role) ??
        Promise.resolve({ outcome: 'accepted' as const, auditSequence: commands.length, message: 'done' }))
    },
    singletonViolation: (report) => reports.push(report),
    onRefused: (text) => void refusals.push(text),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  return {
    place,
    hub,
    clock,
    commands,
    reports,
    refusals,
    logged,
    log: (text) => (logged.some((line) => line.includes(text)) ? Promise.resolve() : new Promise((resolve) => void readers.push({ text, resolve }))),
    server,
    client: async (role = 'operator') => {
      const client = await createRawClient(place.path(role))
      clients.push(client)
      return client
    },
    dispose: async () => {
      for (const client of clients) client.socket.destroy()
      await server.close()
      hub.close()
      place.remove()
    },
  }
}

const read = (hub: Hub, onGet: WorldOptions['onGet']): ReturnType<Hub['get']> => {
  const now = hub.get()
  onGet?.(hub)
  return now
}

/** Whatever came over the wire; a test says which members it expects. */
export type Message = {
  readonly id?: number | string | null
  readonly method?: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members of answers it has just provoked
  readonly params?: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export type RawClient = {
  readonly socket: Socket
  readonly write: (bytes: string | Uint8Array) => void
  /** Sends a request and gives its answer. */
  readonly ask: (method: string, params?: unknown) => Promise<Message>
  readonly hello: () => Promise<Message>
  /** The next message that no earlier call took and that fits. */
  readonly next: (fits?: (message: Message) => boolean) => Promise<Message>
  readonly closed: Promise<void>
  /** What came, in order: `answer`, or the name of a push. */
  readonly order: string[]
}

/** Speaks the protocol by hand, and can therefore speak it wrongly. */
export const createRawClient = async (path: string): Promise<RawClient> => {
  const socket = connect(path)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const reader = createFrameReader(16 * 1_048_576)
  const inbox: Message[] = []
  const order: string[] = []
  const waiters: { readonly fits: (message: Message) => boolean; readonly resolve: (message: Message) => void }[] = []
  let id = 0

  const deliver = (message: Message): void => {
    order.push(message.method ?? 'answer')
    const index = waiters.findIndex(({ fits }) => fits(message))
    if (index < 0) inbox.push(message)
    else waiters.splice(index, 1)[0]?.resolve(message)
  }
  socket.on('data', (chunk: Buffer) => {
    for (const line of reader.push(chunk).lines) deliver(JSON.parse(Buffer.from(line).toString('utf8')))
  })
  socket.on('error', () => undefined) // a reset is what some tests provoke; `closed` follows
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))

  const next: RawClient['next'] = (fits = () => true) => {
    const index = inbox.findIndex(fits)
    if (index >= 0) return Promise.resolve(inbox.splice(index, 1)[0] as Message)
    return new Promise((resolve) => waiters.push({ fits, resolve }))
  }
  const ask: RawClient['ask'] = (method, params) => {
    id += 1
    const own = id
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: own, method, params })}\n`)
    return next((message) => message.id === own)
  }
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    ask,
    hello: () => ask('hello', { protocol: PROTOCOL, build: 'test', client: person }),
    next,
    closed,
    order,
  }
}
