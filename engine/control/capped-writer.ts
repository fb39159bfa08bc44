import type { Socket } from 'node:net'
import { assert } from '../../src/assert.ts'
import type { Limits } from './limits.ts'

/** The way out to one client. It never waits for the client and never holds more than the cap and one frame. */
export type CappedWriter = {
  /** A reply: never dropped. The session stops reading requests while `congested`, so replies cannot pile up either. */
  readonly reply: (frame: Buffer) => void
  /** A push: skipped while the client is behind, and made good by one snapshot when it has caught up. */
  readonly push: (frame: Buffer) => void
  /** Pushes are skipped, as if the client were behind, until as many calls of `settle` have followed. */
  readonly hold: () => void
  readonly settle: () => void
  readonly congested: () => boolean
  readonly stop: () => void
}

export type WriterPorts = {
  readonly socket: Socket
  readonly limits: Pick<Limits, 'backlogBytesMax' | 'stallMsMax'>
  /** The frame that makes skipped pushes good; null where there is none, and then the client gets no pushes any more. */
  readonly resnapshot: () => Buffer | null
  /** Everything that was written has left. */
  readonly onDrained: () => void
  /** The client has been behind for longer than it may. */
  readonly onStalled: () => void
}

export const createCappedWriter = ({ socket, limits, resnapshot, onDrained, onStalled }: WriterPorts): CappedWriter => {
  // Only a buffer beyond the high-water mark is followed by `drain`, which is what ends a skip.
  assert(limits.backlogBytesMax >= socket.writableHighWaterMark, 'the backlog of a client is at least the high-water mark of its socket')
  let holds = 0
  let skipped = false
  let stall: NodeJS.Timeout | null = null

  const congested = (): boolean => socket.writableLength > limits.backlogBytesMax

  const write = (frame: Buffer): void => {
    if (!socket.writable) return // it is closing; `close` follows
    socket.write(frame)
    if (congested()) stall ??= setTimeout(onStalled, limits.stallMsMax)
  }

  const catchUp = (): void => {
    if (!skipped || holds > 0 || congested()) return
    const frame = resnapshot()
    if (frame === null) return
    skipped = false
    write(frame)
  }

  const stop = (): void => {
    if (stall !== null) clearTimeout(stall)
    stall = null
  }

  socket.on('drain', () => {
    stop()
    catchUp()
    onDrained()
  })

  return {
    reply: write,
    push: (frame) => {
      if (holds > 0 || skipped || congested()) skipped = true
      else write(frame)
    },
    hold: () => {
      holds += 1
    },
    settle: () => {
      holds -= 1
      catchUp()
    },
    congested,
    stop,
  }
}
