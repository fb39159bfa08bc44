import { connect } from 'node:net'
import { FRAME_BYTES_MAX, type Method, type Params, PROTOCOL, type SingletonReport } from '../../src/contracts/wire.ts'
import { type Environment, socketPath } from '../../src/home.ts'
import { createFrameReader, decodeFrame, encodeFrame } from '../../src/ndjson.ts'

const BUILD = 'singleton-report'

export type ViolationOptions = {
  readonly env: Environment
  readonly home: string
  readonly instance: string
  readonly report: SingletonReport
  readonly timeoutMs: number
}

/** Tells the holder that we lost. True only when it said that the report is in its audit trail; every failure is false, for the caller to log. */
export const reportViolation = ({ env, home, instance, report, timeoutMs }: ViolationOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath(env, home, instance, 'operator'))
    const reader = createFrameReader(FRAME_BYTES_MAX)
    const settle = (recorded: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(recorded)
    }
    const ask = <M extends Method>(id: number, method: M, params: Params<M>): void => {
      socket.write(encodeFrame({ jsonrpc: '2.0', id, method, params }))
    }
    const answered = (id: number): void => {
      if (id === 1) ask(2, 'singletonViolation', report)
      else settle(true)
    }
    const timer = setTimeout(() => settle(false), timeoutMs)

    socket.on('error', () => settle(false)) // nobody there, or gone before it answered
    socket.on('close', () => settle(false))
    socket.on('connect', () => ask(1, 'hello', { protocol: PROTOCOL, build: BUILD, client: report.actor }))
    socket.on('data', (chunk: Buffer) => {
      const { lines, tooLarge } = reader.push(chunk)
      for (const line of lines) {
        const id = succeeded(line)
        if (id === null) return settle(false)
        answered(id)
      }
      if (tooLarge) settle(false)
    })
  })

/** The id of an answer with a result; null for anything else. */
const succeeded = (line: Uint8Array): number | null => {
  const frame = decodeFrame(line)
  if (!frame.ok || typeof frame.value !== 'object' || frame.value === null) return null
  const { id, result } = frame.value as Readonly<Record<string, unknown>>
  return typeof id === 'number' && typeof result === 'object' && result !== null ? id : null
}
