import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { FRAME_BYTES_MAX, PROTOCOL } from '../../src/contracts/protocol.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'

/** What the fake says to a method: a result, an error, silence, or the end of the connection. */
export type Reply = { result: unknown } | { error: { code: number; message: string } } | 'nothing' | 'hangUp'
export type Handler = (params: Record<string, unknown>) => Reply
export type FakeControl = { readonly asked: { method: string; params: Record<string, unknown> }[]; readonly close: () => Promise<void> }

/** A control socket that speaks the protocol and knows nothing: every answer is the test's. */
export const fakeControl = async (
  path: string,
  handlers: Record<string, Handler>,
  { role = 'operator', pid = process.pid, now = Date.now() } = {},
): Promise<FakeControl> => {
  const asked: FakeControl['asked'] = []
  const sockets = new Set<Socket>()
  const all: Record<string, Handler> = {
    hello: () => ({ result: { protocol: PROTOCOL, build: 'fake', instance: 'default', role, pid, at: now } }),
    ...handlers,
  }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    const reader = createFrameReader(FRAME_BYTES_MAX)
    socket.on('data', (chunk: Buffer) => {
      for (const line of reader.push(chunk).lines) {
        const frame = decodeFrame(line)
        if (!frame.ok) throw new Error(frame.error)
        const { id, method, params } = frame.value as { id: number; method: string; params: Record<string, unknown> }
        asked.push({ method, params })
        const reply = all[method]?.(params) ?? { error: { code: -32601, message: 'no such method' } }
        if (reply === 'hangUp') socket.destroy()
        else if (reply !== 'nothing') socket.write(encodeFrame({ jsonrpc: '2.0', id, ...reply }))
      }
    })
  })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  chmodSync(dirname(path), 0o700)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(path, { force: true })
    },
  }
}
