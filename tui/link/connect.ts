import { lstatSync } from 'node:fs'
import { connect as dial, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createJSONRPCErrorResponse, createJSONRPCRequest, JSONRPCClient, type JSONRPCError, type JSONRPCResponse } from 'json-rpc-2.0'
import type { Actor } from '../../src/contracts/audit.ts'
import { FRAME_BYTES_MAX, PROTOCOL, RpcError } from '../../src/contracts/protocol.ts'
import type { Answer, Hello, HelloResult, Method, Params } from '../../src/contracts/wire.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { clip, inert } from '../../src/text.ts'

/** Why there is no link; each kind asks for another remedy. */
export type LinkFailure = {
  /**
   * `absent`: no such path. `refused`: a socket file that nobody listens on, or whose owner hung up. `notSocket`: another kind of
   * file. `timeout`: no answer in time. `protocol`: another protocol number, or something that is not our engine. `denied`: not
   * allowed, by the system or because the engine has clients enough. `stranger`: an engine, but of another instance.
   */
  readonly kind: 'absent' | 'refused' | 'notSocket' | 'timeout' | 'protocol' | 'denied' | 'stranger'
  readonly message: string
}

export type RequestFailure = { readonly kind: 'timeout' | 'closed' | 'error'; readonly code?: number; readonly message: string }
export type NotificationName = 'delta' | 'snapshot' | 'heartbeat'
export type NotificationListener = (name: NotificationName, params: unknown) => void

/** A greeted connection. Every request ends: with the answer, an error, a timeout or the end of the connection. */
export type Link = {
  readonly hello: HelloResult
  /**
   * Wall time by the engine's clock, as far as it has told: never later than it is, for the way here is not counted. What a
   * command is valid until is told by it, so that no clock of ours makes a command expire too soon or too late.
   */
  readonly now: () => number
  readonly request: <M extends Method>(method: M, params: Params<M>) => Promise<Result<Answer<M>, RequestFailure>>
  /** Pushes come after `subscribe` only. One listener; a later one takes the place of the earlier. */
  readonly onNotification: (listener: NotificationListener) => void
  readonly close: () => void
  /** Resolves with the reason once the connection has ended. */
  readonly closed: Promise<string>
}

export type ConnectOptions = {
  readonly path: string
  /** Whose engine has to be there. A path may have been taken over by the engine of another one. */
  readonly instance?: string
  readonly client: Actor
  readonly build: string
  /** For the connection and the greeting together. */
  readonly connectMsMax?: number
  readonly requestMsMax?: number
  /** Gives up at once; the answer is then `timeout`. */
  readonly signal?: AbortSignal
}

const CONNECT_MS_MAX = 2_000
const REQUEST_MS_MAX = 5_000
/** Requests without an answer; a further one fails at once. */
const REQUESTS_WAITING_MAX = 64
const MESSAGE_LENGTH_MAX = 300
/** Codes that our own end gives to requests that got no answer; those of the engine are negative. */
const TIMED_OUT = 1
/** What the library gives where the connection ended. */
const CLOSED = 0

/** Connects and says hello. Imports no schema: the engine at the other end is our own user's, and starting fast matters. */
export const connect = async (options: ConnectOptions): Promise<Result<Link, LinkFailure>> => {
  const objection = inspect(options.path)
  if (objection !== null) return err(objection)
  const deadline = performance.now() + (options.connectMsMax ?? CONNECT_MS_MAX)
  const dialled = await open(options, deadline)
  return dialled.ok ? await greet(dialled.value, options, deadline) : dialled
}

/** Looks before it speaks: what lies there, and whether the folder is one where only its owner could have put it. */
const inspect = (path: string): LinkFailure | null => {
  if (process.platform === 'win32') return null // named pipes are not files
  try {
    const file = lstatSync(path, { throwIfNoEntry: false })
    if (file === undefined) return failed('absent', `no engine: ${path} does not exist`)
    if (!file.isSocket()) return failed('notSocket', `${path} is not a socket`)
    const folder = lstatSync(dirname(path))
    const own = process.getuid?.()
    if (folder.uid !== own && folder.uid !== 0) return failed('denied', `${dirname(path)} belongs to user ${folder.uid}, who is not you`)
    if ((folder.mode & 0o022) !== 0) return failed('denied', `others may write in ${dirname(path)}, so anyone could answer there`)
    return null
  } catch (error) {
    return fromSystem(error as NodeJS.ErrnoException, path)
  }
}

const open = ({ path, signal }: ConnectOptions, deadline: number): Promise<Result<Socket, LinkFailure>> =>
  new Promise((resolve) => {
    const socket = dial(path)
    const settle = (result: Result<Socket, LinkFailure>): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.removeAllListeners()
      if (!result.ok) socket.on('error', () => undefined).destroy() // the failure is told already
      resolve(result)
    }
    const onAbort = (): void => settle(err(failed('timeout', 'given up')))
    const timer = setTimeout(() => settle(err(failed('timeout', `nothing accepts connections at ${path}`))), remaining(deadline))
    socket.once('connect', () => settle(ok(socket)))
    socket.once('error', (error) => settle(err(fromSystem(error, path))))
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
  })

const remaining = (deadline: number): number => Math.max(0, deadline - performance.now())

const greet = async (socket: Socket, options: ConnectOptions, deadline: number): Promise<Result<Link, LinkFailure>> => {
  const channel = createChannel(socket)
  const onAbort = (): void => channel.end('given up')
  options.signal?.addEventListener('abort', onAbort)
  const hello: Hello = { protocol: PROTOCOL, build: options.build, client: options.client }
  const answer = await channel.request('hello', hello, remaining(deadline))
  options.signal?.removeEventListener('abort', onAbort)

  const failure = answer.ok ? checkHello(answer.value, options) : ungreeted(answer.error, channel, options.path)
  if (failure !== null || !answer.ok) {
    channel.end('not greeted')
    return err(failure ?? failed('refused', 'not greeted'))
  }
  const requestMsMax = options.requestMsMax ?? REQUEST_MS_MAX
  channel.heard(answer.value.at)
  return ok({
    hello: answer.value,
    now: channel.now,
    request: (method, params) => channel.request(method, params, requestMsMax),
    onNotification: channel.onNotification,
    close: () => channel.end('closed by us'),
    closed: channel.closed,
  })
}

const checkHello = (hello: unknown, { path, instance }: ConnectOptions): LinkFailure | null => {
  const said = (typeof hello === 'object' && hello !== null ? hello : {}) as Partial<HelloResult>
  if (said.protocol === PROTOCOL && typeof said.instance === 'string' && typeof said.pid === 'number' && Number.isFinite(said.at)) {
    if (instance === undefined || said.instance === instance) return null
    return failed('stranger', `another instance's engine answers: ${inert(said.instance)} (pid ${said.pid}), not ${instance}, at ${path}`)
  }
  return failed('protocol', `the answer at ${path} is not that of an engine with protocol ${PROTOCOL}: it says protocol ${said.protocol}`)
}

const ungreeted = (failure: RequestFailure, channel: Channel, path: string): LinkFailure => {
  if (failure.kind === 'timeout') return failed('timeout', `no answer at ${path}: another program, or an engine that is stopped`)
  if (failure.kind === 'error') return failed('protocol', failure.message)
  const strange = channel.strange()
  if (strange?.code === RpcError.tooManyClients) return failed('denied', strange.message)
  return strange === null ? failed('refused', `${path} hung up without an answer`) : failed('protocol', strange.message)
}

const failed = (kind: LinkFailure['kind'], message: string): LinkFailure => ({ kind, message: clip(message, MESSAGE_LENGTH_MAX) })

const fromSystem = (error: NodeJS.ErrnoException, path: string): LinkFailure => {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return failed('absent', `no engine: ${path} does not exist`)
    case 'EACCES':
    case 'EPERM':
      return failed('denied', `no permission to use ${path}`)
    case 'ENOTSOCK':
      return failed('notSocket', `${path} is not a socket`)
    case 'EAGAIN':
      return failed('timeout', `the queue at ${path} is full: an engine that is stopped or overwhelmed`)
    default:
      return failed('refused', `nobody listens at ${path} (${error.code ?? error.message})`)
  }
}

type Channel = {
  readonly request: <M extends Method>(method: M, params: Params<M>, msMax: number) => Promise<Result<Answer<M>, RequestFailure>>
  readonly onNotification: (listener: NotificationListener) => void
  readonly end: (reason: string) => void
  readonly closed: Promise<string>
  /** The engine just said what time it is. */
  readonly heard: (at: number) => void
  readonly now: () => number
  /** What came that no protocol of ours explains: an error that answers no request, or no frame at all. */
  readonly strange: () => { readonly code: number | null; readonly message: string } | null
}

/** Frames in both directions over a connected socket. */
const createChannel = (socket: Socket): Channel => {
  const reader = createFrameReader(FRAME_BYTES_MAX)
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<string>()
  let reason: string | null = null
  let strange: ReturnType<Channel['strange']> = null
  let listener: NotificationListener = () => undefined
  let waiting = 0
  /** What is to be added to our monotonic clock, which nobody sets. */
  let aheadMs = 0
  const heard = (at: number): void => {
    aheadMs = at - performance.now()
  }

  const client = new JSONRPCClient((payload) => {
    socket.write(encodeFrame(payload))
  })
  let ids = 0

  const end = (why: string): void => {
    reason ??= why
    socket.destroy()
  }

  const refuse = (code: number | null, message: string): void => {
    strange = { code, message: clip(message, MESSAGE_LENGTH_MAX) }
    end(strange.message)
  }

  const take = (line: Uint8Array): void => {
    const frame = decodeFrame(line)
    const message = frame.ok && typeof frame.value === 'object' && frame.value !== null ? (frame.value as Readonly<Record<string, unknown>>) : null
    if (message === null || message.jsonrpc !== '2.0') {
      refuse(null, 'what answers is not an engine: it does not speak JSON-RPC')
    } else if (typeof message.method === 'string') {
      if (!isNotification(message.method)) return
      const { at } = (message.params ?? {}) as { readonly at?: unknown }
      if (Number.isFinite(at)) heard(at as number)
      listener(message.method, message.params)
    } else if (message.id === null) {
      const { code, message: text } = { code: null, message: 'an error without a reason', ...(message.error as object) }
      refuse(typeof code === 'number' ? code : null, `the engine objects: ${text}`)
    } else {
      client.receive(message as unknown as JSONRPCResponse)
    }
  }

  socket.on('data', (chunk: Buffer) => {
    const { lines, tooLarge } = reader.push(chunk)
    for (const line of lines) {
      if (reason !== null) return
      take(line)
    }
    if (tooLarge) refuse(null, `what answers sent a line of more than ${FRAME_BYTES_MAX} bytes`)
  })
  socket.on('error', (error) => end(`the connection broke: ${error.message}`))
  socket.on('end', () => end('the engine closed the connection'))
  socket.on('close', () => {
    reason ??= 'the connection ended'
    client.rejectAllPendingRequests(reason)
    resolveClosed(reason)
  })

  const send = async (method: Method, params: unknown, msMax: number): Promise<JSONRPCResponse> => {
    ids += 1
    const requester = client.timeout(msMax, (id) =>
      createJSONRPCErrorResponse(id, TIMED_OUT, `no answer to ${method} within ${Math.round(msMax)} ms`),
    )
    return await requester.requestAdvanced(createJSONRPCRequest(ids, method, params))
  }

  const request: Channel['request'] = async (method, params, msMax) => {
    if (reason !== null || socket.destroyed) return err({ kind: 'closed', message: reason ?? 'the connection ended' })
    if (waiting >= REQUESTS_WAITING_MAX) return err({ kind: 'error', message: `${REQUESTS_WAITING_MAX} requests wait for an answer already` })
    waiting += 1
    const response = await send(method, params, msMax)
    waiting -= 1
    const failure = (response.error ?? null) as Partial<JSONRPCError> | null
    if (failure === null) return ok(response.result)
    const message = clip(String(failure.message), MESSAGE_LENGTH_MAX)
    if (failure.code === TIMED_OUT) return err({ kind: 'timeout', message })
    if (failure.code === CLOSED) return err({ kind: 'closed', message })
    return err({ kind: 'error', code: Number(failure.code), message })
  }

  return {
    request,
    onNotification: (next) => {
      listener = next
    },
    end,
    closed,
    heard,
    now: () => Math.floor(performance.now() + aheadMs),
    strange: () => strange,
  }
}

const isNotification = (method: string): method is NotificationName => method === 'delta' || method === 'snapshot' || method === 'heartbeat'
