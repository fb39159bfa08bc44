import { assert } from '../../src/assert.ts'
import { LINE, SLEEPING_AT } from './layout.ts'
import type { Doorbell } from './port.ts'

/** How a bell sounds between processes. `listen` keeps the process alive only while it is needed. */
export type Chime = {
  readonly sound: () => void
  /** Calls back whenever it sounded; null where this process is not the owner. */
  readonly listen: ((onSound: () => void) => { readonly close: () => void }) | null
  readonly close: () => void
}

/**
 * The owner raises its flag, asks once more whether there is work, and only then sleeps; a waker publishes first and then takes
 * the flag down. Whichever comes first, one of the two sees the other (Dekker), so no wake-up is lost, and a bell that nobody
 * sleeps on costs one load.
 */
export const doorbell = (buffer: ArrayBufferLike, process: number, chime: Chime): Doorbell => {
  const flag = new Int32Array(buffer, SLEEPING_AT + process * LINE, 1)
  let end: (() => void) | null = null
  const wake = (): void => end?.()
  const listening = chime.listen?.(wake) ?? null

  return {
    ring: () => {
      if (Atomics.load(flag, 0) === 1 && Atomics.exchange(flag, 0, 0) === 1) chime.sound()
    },
    sleep: (hasWork, timeoutMs, deaf = false) => {
      assert(listening, 'only its owner sleeps on a doorbell')
      assert(end === null, 'one sleep at a time')
      if (!deaf) Atomics.store(flag, 0, 1)
      if (hasWork()) {
        Atomics.store(flag, 0, 0)
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        const timer = timeoutMs === undefined ? null : setTimeout(wake, timeoutMs)
        end = () => {
          end = null
          if (timer !== null) clearTimeout(timer)
          Atomics.store(flag, 0, 0)
          resolve()
        }
      })
    },
    wake,
    close: () => {
      wake()
      listening?.close()
      chime.close()
    },
  }
}
