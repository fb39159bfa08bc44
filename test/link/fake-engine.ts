import { mkdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { PROTOCOL } from '../../src/contracts/protocol.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'
import { AT } from '../control/sample.ts'

export type Request = { readonly id: number; readonly method: string; readonly params: unknown }
export type Peer = {
  readonly socket: Socket
  readonly answer: (id: number, result: unknown) => void
  readonly push: (method: string, params: unknown) => void
}

export type FakeEngine = { readonly requests: Request[]; readonly close: () => Promise<void> }

/** Something that listens where an engine would and does just what a test says. */
export const listenAs = async (path: string, onConnection: (socket: Socket) => void): Promise<{ close: () => Promise<void> }> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // a client that is gone is the matter of some tests
    socket.on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** An engine that greets; the rest of its conversation is scripted. */
export const fakeEngine = async (path: string, onRequest: (request: Request, peer: Peer) => void): Promise<FakeEngine> => {
  const requests: Request[] = []
  const listening = await listenAs(path, (socket) => {
    const reader = createFrameReader(1_048_576)
    const peer: Peer = {
      socket,
      answer: (id, result) => void socket.write(encodeFrame({ jsonrpc: '2.0', id, result })),
      push: (method, params) => void socket.write(encodeFrame({ jsonrpc: '2.0', method, params })),
    }
    socket.on('data', (chunk: Buffer) => {
      for (const line of reader.push(chunk).lines) {
        const frame = decodeFrame(line)
        if (!frame.ok) throw new Error(frame.error)
        const request = frame.value as Request
        requests.push(request)
        if (request.method === 'hello') peer.answer(request.id, hello)
        else onRequest(request, peer)
      }
    })
  })
  return { requests, close: listening.close }
}

export const hello = { protocol: PROTOCOL, build: 'fake', instance: 'default', role: 'operator', pid: 1, at: AT }
