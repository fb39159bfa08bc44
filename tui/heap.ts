import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * A console may stay open for months beside the engine, so its old generation is collected early, and its young one does not grow by itself:
 * with 200,000 log lines it takes 180 MB instead of 280.
 */
const SMALL_HEAP = ['--semi-space-growth-factor=1', '--heap-growing-percent=40'] as const
const GROWING = '--semi-space-growth-factor=2'
/**
 * A frame makes a few megabytes of short-lived objects. In the 2 MB of the start it is collected over and over, which is a third of the time
 * from a key to its frame; left alone, V8 takes 64 MB. This much is as quick as that.
 */
const YOUNG_BYTES = 8 * 2 ** 20

/** Before anything large is loaded. */
export const keepHeapSmall = (): void => {
  for (const flag of SMALL_HEAP) setFlagsFromString(flag)
}

/** Lets the young generation grow until it has that much. Asked after each frame; the next one may be too late. */
export const growingYoung = (): (() => void) => {
  setFlagsFromString(GROWING)
  let growing = true
  return () => {
    if (!growing || youngBytes() < YOUNG_BYTES) return
    growing = false
    setFlagsFromString(SMALL_HEAP[0])
  }
}
const youngBytes = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? YOUNG_BYTES
