import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { FRAME_BYTES_MAX, HEARTBEAT_MS, PROTOCOL } from '../../src/contracts/protocol.ts'
import type { Snapshot, SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'

/** An engine as a console sees it: a snapshot, changes when the test says so, a heartbeat, and answers to commands. */
export type EngineStandIn = {
  readonly commands: readonly CommandRequest[]
  readonly change: (changes: SnapshotDelta) => void
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

  const push = (method: string, params: object): void => {
    for (const client of clients) client.write(encodeFrame({ jsonrpc: '2.0', method, params: { sequence, at: Date.now(), ...params } }))
  }
  const change = (changes: SnapshotDelta): void => {
    snapshot = { ...snapshot, ...(changes as Partial<Snapshot>) }
    sequence += 1
    push('delta', { changes })
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
        const reply = (result: unknown): void => void socket.write(encodeFrame({ jsonrpc: '2.0', id, result }))
        if (method === 'hello')
          reply({ protocol: PROTOCOL, build: 'stand-in', instance: snapshot.instance, role, pid: snapshot.engine.pid, at: Date.now() })
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
    close: async () => {
      clearInterval(beat)
      for (const client of clients) client.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(path, { force: true })
    },
  }
}
