import { JSONRPCErrorException, type JSONRPCRequest, JSONRPCServer } from 'json-rpc-2.0'
import type { Logger } from 'pino'
import type { Actor } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import {
  type Answer,
  type HelloResult,
  JsonRpcError,
  METHODS,
  type Method,
  type Params,
  PROTOCOL,
  type Role,
  RpcError,
  type SingletonReport,
  type SubscribeResult,
} from '../../src/contracts/wire.ts'
import { clip } from '../../src/text.ts'
import type { Hub } from './hub.ts'

const COMPLAINT_LENGTH_MAX = 300

/** What a method sees of the connection that called it. */
export type Caller = {
  readonly role: Role
  /** Named in logs and refusals. */
  readonly label: () => string
  readonly greeted: () => boolean
  readonly greet: (client: Actor) => void
  readonly subscribe: () => SubscribeResult
  readonly uid: () => Promise<number | null>
}

export type MethodPorts = {
  readonly hub: Hub
  readonly log: Logger
  readonly identity: () => Omit<HelloResult, 'role' | 'protocol'>
  readonly command: (request: CommandRequest, role: Role) => Promise<CommandResult>
  readonly singletonViolation: (report: SingletonReport) => number
  readonly refused: (text: string) => void
}

type Handlers = { readonly [M in Method]: (params: Params<M>, caller: Caller) => Answer<M> | Promise<Answer<M>> }

/** An observer reads; these change something. */
const OPERATOR_ONLY: ReadonlySet<string> = new Set<Method>(['command', 'singletonViolation'])

/** Every method of the protocol behind its gates: greeted, allowed, well formed. In this order, so nothing is parsed for a stranger. */
export const createMethods = (ports: MethodPorts): JSONRPCServer<Caller> => {
  const { log } = ports
  // What a handler throws is mapped and logged below; the library would print it on the terminal of the engine.
  const server = new JSONRPCServer<Caller>({ errorListener: () => undefined })
  server.applyMiddleware(async (next, request, caller) => {
    gate(request, caller, ports)
    return await next(request, caller)
  })
  server.mapErrorToJSONRPCErrorResponse = (id, error: unknown) => {
    if (error instanceof JSONRPCErrorException) return { jsonrpc: '2.0', id, error: error.toObject() }
    log.error({ err: error }, 'a control method failed')
    return { jsonrpc: '2.0', id, error: { code: JsonRpcError.internal, message: 'internal error, see the log of the supervisor' } }
  }

  const handlers = createHandlers(ports)
  const add = <M extends Method>(method: M): void =>
    server.addMethod(method, (params: unknown, caller) => handlers[method](parse(method, params), caller))
  for (const method of Object.keys(METHODS) as Method[]) add(method)
  return server
}

const createHandlers = ({ hub, identity, command, singletonViolation }: MethodPorts): Handlers => ({
  hello: (params, caller) => {
    if (caller.greeted()) throw new JSONRPCErrorException('hello was said already', JsonRpcError.invalidRequest)
    caller.greet(params.client)
    return { protocol: PROTOCOL, ...identity(), role: caller.role }
  },
  status: () => hub.get().snapshot,
  subscribe: (_, caller) => caller.subscribe(),
  command: async (request, caller) => await command({ ...request, actor: await verified(request.actor, caller) }, caller.role),
  singletonViolation: async (report, caller) => ({
    auditSequence: singletonViolation({ ...report, actor: { ...report.actor, uid: await caller.uid() } }),
  }),
})

/** Whoever comes through the socket is an operator, whatever it calls itself, and has the uid that the kernel saw. */
const verified = async (claim: Actor, caller: Caller): Promise<Actor> => ({ ...claim, kind: 'operator', uid: await caller.uid() })

const gate = (request: JSONRPCRequest, caller: Caller, { refused }: MethodPorts): void => {
  if (request.method === 'hello') {
    gateProtocol(request.params)
    return
  }
  if (!caller.greeted()) throw new JSONRPCErrorException('say hello first', RpcError.notGreeted)
  if (caller.role === 'observer' && OPERATOR_ONLY.has(request.method)) {
    refused(`${caller.label()} asked for ${request.method}: an observer may only read`)
    throw new JSONRPCErrorException('an observer may only read; use the operator socket', RpcError.forbidden)
  }
}

/** Before the rest of hello is looked at: another protocol may say hello in another shape. */
const gateProtocol = (params: unknown): void => {
  const protocol = typeof params === 'object' && params !== null && 'protocol' in params ? params.protocol : undefined
  if (typeof protocol !== 'number' || protocol === PROTOCOL) return
  throw new JSONRPCErrorException(`this engine speaks protocol ${PROTOCOL}, the client speaks ${protocol}`, RpcError.protocol, {
    engine: PROTOCOL,
    client: protocol,
  })
}

const parse = <M extends Method>(method: M, params: unknown): Params<M> => {
  const parsed = METHODS[method].params.safeParse(params ?? {})
  if (parsed.success) return parsed.data as Params<M>
  const complaint = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ')
  throw new JSONRPCErrorException(clip(`${method}: ${complaint}`, COMPLAINT_LENGTH_MAX), JsonRpcError.invalidParams)
}
