import type { Socket } from 'node:net'
import type { JSONRPCRequest, JSONRPCResponse, JSONRPCServer } from 'json-rpc-2.0'
import type { Logger } from 'pino'
import { FRAME_BYTES_MAX, JsonRpcError, type Role, RpcError } from '../../src/contracts/wire.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { clip } from '../../src/text.ts'
import { createCappedWriter } from './capped-writer.ts'
import type { Hub } from './hub.ts'
import type { Limits } from './limits.ts'
import type { Caller } from './methods.ts'
import { peerUid } from './peer.ts'

const LABEL_LENGTH_MAX = 40
const ID_LENGTH_MAX = 64

/** One connection of a console. */
export type ClientSession = {
  /** A frame that may be skipped while the client is behind. */
  readonly push: (frame: Buffer) => void
  /** Takes no more requests, answers those it has, then closes. */
  readonly finish: () => void
  readonly destroy: () => void
}

export type SessionPorts = {
  readonly socket: Socket
  readonly role: Role
  readonly number: number
  readonly methods: JSONRPCServer<Caller>
  readonly hub: Hub
  readonly limits: Limits
  readonly log: Logger
  readonly resnapshot: () => Buffer | null
  readonly refused: (text: string) => void
  readonly onSubscribed: (session: ClientSession) => void
  readonly onClosed: (session: ClientSession) => void
}

export const createClientSession = (ports: SessionPorts): ClientSession => {
  const { socket, role, methods, hub, limits, log } = ports
  const reader = createFrameReader(FRAME_BYTES_MAX)
  let state: 'open' | 'finishing' | 'closing' = 'open'
  let name = `${role} client ${ports.number}`
  let greeted = false
  let inbox: readonly Uint8Array[] = [] // at most what one read brought; nothing is read until it is empty again
  let taken = 0
  let tooLarge = false
  let ended = false
  let inFlight = 0
  let malformed = 0
  let lastWords: Buffer | null = null
  let linger: NodeJS.Timeout | null = null
  let uid: Promise<number | null> | null = null

  const writer = createCappedWriter({
    socket,
    limits,
    resnapshot: ports.resnapshot,
    onDrained: () => pump(),
    onStalled: () => {
      log.warn({ client: name }, 'a client did not read for too long and was disconnected')
      socket.destroy()
    },
  })

  const caller: Caller = {
    role,
    label: () => name,
    greeted: () => greeted,
    greet: (client) => {
      greeted = true
      name = `${role} client ${ports.number} (${clip(client.name, LABEL_LENGTH_MAX)})`
      clearTimeout(greetTimer)
    },
    subscribe: () => {
      writer.hold() // until the answer is on its way, so that no delta overtakes its snapshot
      ports.onSubscribed(session)
      return hub.get()
    },
    uid: () => {
      uid ??= peerUid(socket)
      return uid
    },
  }

  const pump = (): void => {
    while (state === 'open' && taken < inbox.length && inFlight < limits.inFlightMax && !writer.congested()) {
      const line = inbox[taken]
      taken += 1
      if (line !== undefined) take(line)
    }
    if (state === 'finishing' && inFlight === 0) hangUp()
    if (state !== 'open') return
    if (taken < inbox.length) {
      socket.pause()
      return
    }
    inbox = []
    taken = 0
    if (tooLarge) refuse(RpcError.tooLarge, `a frame has at most ${FRAME_BYTES_MAX} bytes`, 'sent a frame that is too large')
    else if (ended && inFlight === 0) finish()
    else socket.resume()
  }

  const take = (line: Uint8Array): void => {
    const value = decodeFrame(line)
    const request = value.ok ? asRequest(value.value) : value
    if (request.ok) start(request.value)
    else complain(value.ok ? JsonRpcError.invalidRequest : JsonRpcError.parse, request.error)
  }

  const start = (request: JSONRPCRequest): void => {
    inFlight += 1
    void answer(request).catch((error: unknown) => {
      log.error({ err: error, client: name }, 'an answer could not be sent')
      socket.destroy()
    })
  }

  const answer = async (request: JSONRPCRequest): Promise<void> => {
    const response = await methods.receive(request, caller)
    inFlight -= 1
    if (response !== null) writer.reply(encodeReply(response))
    if (request.method === 'subscribe' && response?.error === undefined) writer.settle()
    if (response?.error?.code === RpcError.protocol) {
      ports.refused(`${name}: ${response.error.message}`)
      finish()
    }
    pump()
  }

  const encodeReply = (response: JSONRPCResponse): Buffer => {
    const frame = encodeFrame(response)
    if (frame.length <= FRAME_BYTES_MAX) return frame
    log.error({ client: name, bytes: frame.length }, 'an answer is too large for a frame')
    return encodeFrame(failure(response.id, RpcError.tooLarge, `the answer has ${frame.length} bytes, ${FRAME_BYTES_MAX} is the most`))
  }

  const complain = (code: number, complaint: string): void => {
    malformed += 1
    if (malformed >= limits.malformedMax) refuse(code, complaint, `sent ${malformed} malformed frames, the last one ${complaint}`)
    else writer.reply(encodeFrame(failure(null, code, complaint)))
  }

  const refuse = (code: number, message: string, deed: string): void => {
    log.warn({ client: name }, `a client ${deed}`)
    ports.refused(`${name} ${deed}`)
    finish(encodeFrame(failure(null, code, message)))
  }

  /** Takes nothing more, answers what is in flight, says its last words and hangs up; all that within the linger time. */
  const finish = (words?: Buffer): void => {
    if (state !== 'open') return
    state = 'finishing'
    lastWords = words ?? null
    clearTimeout(greetTimer)
    ports.onClosed(session)
    inbox = []
    // What still comes is thrown away, but read: closing on unread input would tear our last words out of the client's hands.
    socket.resume()
    linger = setTimeout(() => socket.destroy(), limits.lingerMsMax)
    pump()
  }

  const hangUp = (): void => {
    state = 'closing'
    if (lastWords === null) socket.end()
    else socket.end(lastWords)
  }

  const greetTimer = setTimeout(() => {
    refuse(RpcError.notGreeted, `hello must come within ${limits.greetMsMax} ms`, 'did not say hello in time')
  }, limits.greetMsMax)

  socket.on('data', (chunk: Buffer) => {
    if (state !== 'open') return
    const frames = reader.push(chunk)
    inbox = taken < inbox.length ? [...inbox.slice(taken), ...frames.lines] : frames.lines
    taken = 0
    tooLarge = frames.tooLarge
    pump()
  })
  socket.on('end', () => {
    ended = true
    pump()
  })
  socket.on('error', (error) => log.debug({ client: name, reason: error.message }, 'a client connection broke'))
  socket.on('close', () => {
    state = 'closing'
    clearTimeout(greetTimer)
    if (linger !== null) clearTimeout(linger)
    writer.stop()
    ports.onClosed(session)
  })

  const session: ClientSession = {
    push: writer.push,
    finish: () => finish(),
    destroy: () => void socket.destroy(),
  }
  return session
}

const failure = (id: JSONRPCResponse['id'], code: number, message: string): JSONRPCResponse => ({ jsonrpc: '2.0', id, error: { code, message } })

/**
 * A single request that wants an answer. Batches and notifications are valid JSON-RPC, but a batch would get round the bounds,
 * and a command whose outcome nobody hears must not happen.
 */
const asRequest = (value: unknown): Result<JSONRPCRequest, string> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err('not a JSON-RPC request')
  const { jsonrpc, id, method, params } = value as Readonly<Record<string, unknown>>
  if (jsonrpc !== '2.0') return err('not JSON-RPC 2.0')
  if (typeof method !== 'string') return err('without a method')
  const named = typeof id === 'string' ? id.length <= ID_LENGTH_MAX : Number.isSafeInteger(id)
  if (!named) return err('without a usable id')
  return ok({ jsonrpc, id: id as string | number, method, params })
}
