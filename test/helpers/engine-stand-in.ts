import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { FRAME_BYTES_MAX, HEARTBEAT_MS, PROTOCOL } from '../../src/contracts/protocol.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'

/** What goes wrong with an engine, as far as a console can see it. */
export type Fault =
  /** Takes everything in and says nothing, not even that it lives. */
  | { readonly kind: 'stall' }
  /** Says everything so much later. */
  | { readonly kind: 'lag'; readonly ms: number }
  /** Claims to speak another protocol. */
  | { readonly kind: 'strange protocol' }
  /** Leaves numbers out. */
  | { readonly kind: 'hole' }
  /** Sends changes that are none. */
  | { readonly kind: 'misshapen' }
  | { readonly kind: 'none' }

/** An engine as a console sees it: a snapshot, changes when the test says so, a heartbeat, and answers to commands. */
export type EngineStandIn = {
  readonly commands: readonly CommandRequest[]
  readonly change: (changes: SnapshotDelta) => void
  /** From here on; what is under way is not called back. */
  readonly suffer: (fault: Fault) => void
  readonly close: () => Promise<void>
}

export type Answering = (request: CommandRequest, change: (changes: SnapshotDelta) => void) => CommandResult | null

export const engineStandIn = async (
  path: string,
  initial: Snapshot,
  answer: Answering,
  role: 'operator' | 'observer' = 'operator',
): Promise<EngineStandIn> => {
  const clients = new Set<Socket>()
  const commands: CommandRequest[] = []
  let snapshot = initial
  let sequence = 1
  let fault: Fault = { kind: 'none' }
  const late = new Set<NodeJS.Timeout>()

  const write = (client: Socket, message: object): void => {
    if (fault.kind === 'stall') return
    const frame = encodeFrame({ jsonrpc: '2.0', ...message })
    if (fault.kind !== 'lag') {
      client.write(frame)
      return
    }
    const timer = setTimeout(() => {
      late.delete(timer)
      client.write(frame)
    }, fault.ms)
    late.add(timer)
  }
  const push = (method: string, params: object): void => {
    for (const client of clients) write(client, { method, params: { sequence, at: Date.now(), ...params } })
  }
  const change = (changes: SnapshotDelta): void => {
    snapshot = { ...snapshot, ...(changes as Partial<Snapshot>) }
    sequence += fault.kind === 'hole' ? 2 : 1
    push('delta', { changes: fault.kind === 'misshapen' ? 'everything' : changes })
  }
  const beat = setInterval(() => push('heartbeat', {}), HEARTBEAT_MS)

  const server = createServer((socket) => {
    const reader = createFrameReader(FRAME_BYTES_MAX)
    socket.on('error', () => undefined).on('close', () => clients.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      for (const line of reader.push(chunk).lines) {
        const frame = decodeFrame(line)
        if (!frame.ok) throw new Error(frame.error)
        const { id, method, params } = frame.value as { id: number; method: string; params: CommandRequest }
        const reply = (result: unknown): void => write(socket, { id, result })
        if (method === 'hello')
          reply({
            protocol: fault.kind === 'strange protocol' ? PROTOCOL + 98 : PROTOCOL,
            build: 'stand-in',
            instance: snapshot.instance,
            role,
            pid: snapshot.engine.pid,
            at: Date.now(),
          })
        else if (method === 'subscribe') {
          clients.add(socket)
          reply({ sequence, snapshot })
        } else if (method === 'command') {
          commands.push(params)
          const result = answer(params, change)
          if (result !== null) reply(result)
        }
      }
    })
  })
  rmSync(path, { force: true }) // left by a stand-in that was killed
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  chmodSync(dirname(path), 0o700)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    commands,
    change,
    suffer: (next) => {
      fault = next
    },
    close: async () => {
      clearInterval(beat)
      for (const timer of late) clearTimeout(timer)
      for (const client of clients) client.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(path, { force: true })
    },
  }
}
