import type { BarRing, Doorbell, Progress, RecordRing, Shared } from '../../engine/ring/port.ts'
import type { BrainRecord } from '../../engine/supervisor/messages.ts'
import type { TapeReader } from '../../engine/tape/port.ts'
import { assert } from '../../src/assert.ts'
import type { Bar } from '../../src/contracts/market.ts'

/** A tape that is an array; whoever holds the array is the writer. */
export const arrayTape = (bars: readonly Bar[]): TapeReader => ({
  read: (from, to, onBar) => {
    const end = Math.min(to, bars.length)
    for (let sequence = from; sequence <= end; sequence += 1) {
      const bar = bars[sequence - 1]
      assert(bar?.sequence === sequence, 'the tape has every bar')
      onBar(bar)
    }
    return Math.max(from - 1, end)
  },
  sync: () => undefined,
  piece: () => null,
  lastSequence: () => bars.length,
  close: () => undefined,
})

/** A ring in memory that outlives its readers: each `attach` is a reader that starts at what was committed. */
export const memoryBars = (capacity: number) => {
  const queue: Bar[] = []
  let committed = 0
  let published = 0
  let overruns = 0

  const attach = (): BarRing => {
    let handed = 0
    return {
      capacity,
      push: (bar) => {
        if (queue.length === capacity) return false
        queue.push(bar)
        published = bar.sequence
        return true
      },
      publish: () => undefined,
      space: () => capacity - queue.length,
      published: () => published,
      countOverrun: () => {
        overruns += 1
      },
      pending: () => queue.length - handed,
      drain: (max, onBar) => {
        const batch = queue.slice(handed, handed + max)
        for (const bar of batch) onBar(bar)
        handed += batch.length
        return batch.length
      },
      commit: () => {
        committed = queue[handed - 1]?.sequence ?? committed
        queue.splice(0, handed)
        handed = 0
      },
      committed: () => committed,
      overruns: () => overruns,
    }
  }
  return { attach }
}

export const memoryRecords = (capacity: number): RecordRing & { readonly take: () => BrainRecord[] } => {
  const queue: string[] = []
  return {
    push: (record) => {
      if (queue.length === capacity) return false
      queue.push(record)
      return true
    },
    pending: () => queue.length > 0,
    peek: () => queue[0] ?? null,
    drain: () => 0,
    commit: () => undefined,
    take: () => queue.splice(0).map((text) => JSON.parse(text) as BrainRecord),
  }
}

/** `onRing` stands for the process at the other end. */
export const memoryBell = (onRing: () => void = () => undefined): Doorbell => {
  let wakeUp: (() => void) | null = null
  const wake = (): void => wakeUp?.()
  return {
    ring: () => {
      onRing()
      wake()
    },
    wake,
    sleep: (hasWork, timeoutMs) =>
      new Promise((resolve) => {
        if (hasWork()) return resolve()
        const timer = timeoutMs === undefined ? null : setTimeout(() => wake(), timeoutMs)
        wakeUp = () => {
          wakeUp = null
          if (timer !== null) clearTimeout(timer)
          resolve()
        }
      }),
    close: () => undefined,
  }
}

export const memoryProgress = (onWaiting: () => void = () => undefined): Progress => {
  const counts = { work: 0, beat: 0, waiting: false }
  return {
    work: () => {
      counts.work += 1
    },
    beat: () => {
      counts.beat += 1
    },
    setWaiting: (waiting) => {
      counts.waiting = waiting
      if (waiting) onWaiting()
    },
    read: () => ({ ...counts }),
  }
}

export type SharedParts = Pick<Shared, 'brainBars' | 'signals'> & {
  readonly onFeed?: () => void
  readonly onWaiting?: (() => void) | undefined
  readonly onOrchestrator?: () => void
}

export const memoryShared = ({ brainBars, signals, onFeed, onOrchestrator, onWaiting }: SharedParts): Shared => ({
  brainBars,
  orchestratorBars: memoryBars(2).attach(),
  signals,
  doorbells: { feed: memoryBell(onFeed), brain: memoryBell(), orchestrator: memoryBell(onOrchestrator) },
  progress: { feed: memoryProgress(), brain: memoryProgress(onWaiting), orchestrator: memoryProgress() },
  close: () => undefined,
})
