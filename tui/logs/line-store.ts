import type { LogLine } from './line.ts'

const BLOCK_BYTES = 262_144
/** Empty blocks that are kept for the next lines; more of them go back to the system. */
const SPARE_MAX = 16
const CAPACITY_MIN = 4_096
/** Lines that were just asked for are the same objects again. A power of two. */
const RECENT = 512

/** Where a line is kept, until it is dropped. */
export type Slot = number

/**
 * Lines as bytes and columns of numbers. As objects 200,000 lines took half a gigabyte under a flood, for they grew old before they
 * were evicted and the collector let them lie; this way they take what their text takes, and nothing is left to collect.
 */
export type LineStore = {
  readonly put: (line: LogLine) => Slot
  readonly drop: (slot: Slot) => void
  readonly line: (slot: Slot) => LogLine
  readonly key: (slot: Slot) => number
  readonly arrival: (slot: Slot) => number
  readonly level: (slot: Slot) => number
  readonly process: (slot: Slot) => string
  readonly isGap: (slot: Slot) => boolean
  readonly place: (slot: Slot) => { readonly file: string; readonly start: number; readonly end: number } | null
  /** Bytes of all texts that are kept. */
  readonly bytes: () => number
}

type Block = { readonly bytes: Buffer; used: number; lines: number }

const NONE = -1

export const createLineStore = (): LineStore => {
  let capacity = CAPACITY_MIN
  const numbers = () => new Float64Array(capacity)
  const columns = { key: numbers(), arrival: numbers(), level: numbers(), time: numbers(), start: numbers(), end: numbers() }
  const extent = { at: new Uint32Array(capacity), length: new Uint32Array(capacity) }
  const processes: string[] = []
  const files: (string | undefined)[] = []
  const blocks: (Block | undefined)[] = []
  const gaps = new Map<Slot, string>()
  const free: Slot[] = []
  const spare: Block[] = []
  const recent: (LogLine | undefined)[] = new Array(RECENT).fill(undefined)
  let used = 0
  let bytes = 0
  let current: Block = { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0, lines: 0 }

  const grow = (): void => {
    capacity *= 2
    for (const name of Object.keys(columns) as (keyof typeof columns)[]) {
      const wider = numbers()
      wider.set(columns[name])
      columns[name] = wider
    }
    for (const name of Object.keys(extent) as (keyof typeof extent)[]) {
      const wider = new Uint32Array(capacity)
      wider.set(extent[name])
      extent[name] = wider
    }
  }

  const roomFor = (length: number): Block => {
    if (current.used + length <= current.bytes.length) return current
    if (length > BLOCK_BYTES) return { bytes: Buffer.allocUnsafeSlow(length), used: 0, lines: 0 }
    const full = current
    current = spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0, lines: 0 }
    if (full.lines === 0) giveBack(full)
    return current
  }

  const giveBack = (block: Block): void => {
    block.used = 0
    if (block !== current && block.bytes.length === BLOCK_BYTES && spare.length < SPARE_MAX) spare.push(block)
  }

  const put = (line: LogLine): Slot => {
    const slot = free.pop() ?? used++
    if (slot >= capacity) grow()
    columns.key[slot] = line.key
    columns.arrival[slot] = line.arrival
    columns.level[slot] = line.level
    columns.time[slot] = line.time
    columns.start[slot] = line.start ?? NONE
    columns.end[slot] = line.end ?? NONE
    processes[slot] = line.process
    files[slot] = line.file
    if (line.gap !== undefined) gaps.set(slot, line.gap)
    const length = Buffer.byteLength(line.text)
    const block = roomFor(length)
    block.bytes.write(line.text, block.used)
    extent.at[slot] = block.used
    extent.length[slot] = length
    block.used += length
    block.lines += 1
    blocks[slot] = block
    bytes += length
    return slot
  }

  const drop = (slot: Slot): void => {
    const block = blocks[slot]
    if (block === undefined) return
    block.lines -= 1
    if (block.lines === 0) giveBack(block)
    bytes -= extent.length[slot] ?? 0
    blocks[slot] = undefined
    files[slot] = undefined
    gaps.delete(slot)
    free.push(slot)
  }

  const place: LineStore['place'] = (slot) => {
    const file = files[slot]
    const start = columns.start[slot] ?? NONE
    const end = columns.end[slot] ?? NONE
    return file === undefined || start < 0 || end < 0 ? null : { file, start, end }
  }

  const line = (slot: Slot): LogLine => {
    const known = recent[slot & (RECENT - 1)]
    if (known !== undefined && known.arrival === columns.arrival[slot]) return known
    const at = extent.at[slot] ?? 0
    const gap = gaps.get(slot)
    const made: LogLine = {
      process: processes[slot] ?? '',
      text: blocks[slot]?.bytes.toString('utf8', at, at + (extent.length[slot] ?? 0)) ?? '',
      ...place(slot),
      ...(gap === undefined ? {} : { gap }),
      level: columns.level[slot] ?? 0,
      time: columns.time[slot] ?? 0,
      key: columns.key[slot] ?? 0,
      arrival: columns.arrival[slot] ?? 0,
    }
    recent[slot & (RECENT - 1)] = made
    return made
  }

  return {
    put,
    drop,
    line,
    key: (slot) => columns.key[slot] ?? 0,
    arrival: (slot) => columns.arrival[slot] ?? 0,
    level: (slot) => columns.level[slot] ?? 0,
    process: (slot) => processes[slot] ?? '',
    isGap: (slot) => gaps.has(slot),
    place,
    bytes: () => bytes,
  }
}
