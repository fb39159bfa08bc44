import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { watch } from 'chokidar'
import type { Clock } from '../../src/clock.ts'
import { createFileTail, type FileTail } from './file-tail.ts'
import type { RawLine } from './line.ts'
import { LOG_NAME } from './log-file.ts'

/** Between two looks without a wake-up: watching may miss something, looking does not. */
const SAFETY_MS = 1_000
/** Between two looks at a file system that tells of no change. */
const POLL_MS = 250
/** Bytes read in one turn over all files, so that input gets its turn during a flood. */
const TURN_BYTES_MAX = 1_048_576
const TAIL_LINES = 2_000
/** One file a process; a folder with more of them is not ours. */
const FILES_MAX = 64

/** Where the log pane's lines come from, so that an empty pane can say why. */
export type LogSource =
  | { readonly kind: 'starting' }
  | { readonly kind: 'missing'; readonly folder: string }
  | { readonly kind: 'reading'; readonly files: number }
  | { readonly kind: 'error'; readonly message: string }

export type TailerOptions = {
  readonly folder: string
  readonly clock: Clock
  readonly tailLines?: number
  /** For file systems that tell of no change. */
  readonly poll?: boolean
  readonly onLines: (lines: readonly RawLine[]) => void
  readonly onSource: (source: LogSource) => void
}

/** Follows every `<process>.jsonl` of a folder, also those that appear later. chokidar wakes it, it reads for itself. */
export const createTailer = ({
  folder,
  clock,
  tailLines = TAIL_LINES,
  poll = false,
  onLines,
  onSource,
}: TailerOptions): { readonly close: () => Promise<void> } => {
  const tails = new Map<string, FileTail>()
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, usePolling: poll, interval: POLL_MS, binaryInterval: POLL_MS })
  let beginning = true // files of the first look begin at their last lines, later ones at their first
  let source: LogSource = { kind: 'starting' }
  let pending: NodeJS.Immediate | null = null
  let closed = false

  const tell = (next: LogSource): void => {
    if (JSON.stringify(next) === JSON.stringify(source)) return
    source = next
    onSource(next)
  }

  const turn = (): void => {
    pending = null
    if (closed) return
    try {
      readFolder()
    } catch (error) {
      tell({ kind: 'error', message: (error as Error).message })
    }
  }

  const readFolder = (): void => {
    const names = listFiles(folder)
    if (names === null) {
      tell({ kind: 'missing', folder })
      return
    }
    for (const name of names) {
      if (!tails.has(name))
        tails.set(name, createFileTail({ path: join(folder, name), process: processOf(name), tailLines: beginning ? tailLines : null }))
    }
    beginning = false

    const lines: RawLine[] = []
    let left = TURN_BYTES_MAX
    let more = false
    let waiting = tails.size
    let next: LogSource = { kind: 'reading', files: tails.size }
    for (const [name, tail] of tails) {
      try {
        // An equal share of what is left, so that one file cannot starve the others.
        const read = tail.read(Math.ceil(left / waiting), clock.monotonic())
        left -= read.bytes
        more ||= read.more
        for (const line of read.lines) lines.push(line)
      } catch (error) {
        // What one file does not give is told; what the others gave is gone if it is not handed on now.
        next = { kind: 'error', message: `${name}: ${(error as Error).message}` }
      }
      waiting -= 1
    }
    tell(next)
    if (lines.length > 0) onLines(lines)
    if (more) wake()
  }

  const wake = (): void => {
    if (!closed) pending ??= setImmediate(turn)
  }

  watcher.on('all', wake)
  // Watching is a convenience: without it the safety look still finds everything, a second later.
  watcher.on('error', wake)
  const safety = setInterval(wake, SAFETY_MS)
  wake()

  return {
    close: async () => {
      closed = true
      clearInterval(safety)
      if (pending !== null) clearImmediate(pending)
      for (const tail of tails.values()) tail.close()
      tails.clear()
      await watcher.close()
    },
  }
}

const processOf = (name: string): string => name.slice(0, -'.jsonl'.length)

const listFiles = (folder: string): readonly string[] | null => {
  try {
    return readdirSync(folder)
      .filter((name) => LOG_NAME.test(name))
      .sort()
      .slice(0, FILES_MAX)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
