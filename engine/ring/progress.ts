import { Progress as At, LINE, PROGRESS_AT } from './layout.ts'
import type { Progress } from './port.ts'

/** The progress line of the process with this number. Counters wrap; only whether they moved is ever asked. */
export const progressLine = (buffer: ArrayBufferLike, process: number): Progress => {
  const line = new Int32Array(buffer, PROGRESS_AT + process * LINE, 4)
  return {
    work: () => void Atomics.add(line, At.work, 1),
    beat: () => void Atomics.add(line, At.beat, 1),
    setWaiting: (waiting) => void Atomics.store(line, At.waiting, waiting ? 1 : 0),
    read: () => ({ work: Atomics.load(line, At.work), beat: Atomics.load(line, At.beat), waiting: Atomics.load(line, At.waiting) === 1 }),
  }
}
