import { assert } from '../../src/assert.ts'
import { Reader, Writer } from './layout.ts'
import type { RecordRing } from './port.ts'

const LENGTH_BYTES = 4
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Records in a ring of bytes: four bytes of length, then UTF-8. Cursors count bytes, wrap at 32 bits, and a record may lie across the seam. */
export const recordRing = (buffer: ArrayBufferLike, controlAt: number, bytesAt: number, size: number): RecordRing => {
  assert((size & (size - 1)) === 0, 'record ring size is a power of two')
  const mask = size - 1
  const control = new Int32Array(buffer, controlAt, 32)
  const bytes = new Uint8Array(buffer, bytesAt, size)
  const HEAD = Writer.cursor >> 2
  const TAIL = Reader.cursor >> 2
  let handed = Atomics.load(control, TAIL)

  const put = (at: number, data: Uint8Array): void => {
    const start = at & mask
    const first = Math.min(data.length, size - start)
    bytes.set(data.subarray(0, first), start)
    bytes.set(data.subarray(first), 0)
  }
  const get = (at: number, length: number): Uint8Array => {
    const start = at & mask
    const data = new Uint8Array(length)
    const first = Math.min(length, size - start)
    data.set(bytes.subarray(start, start + first))
    data.set(bytes.subarray(0, length - first), first)
    return data
  }

  const push = (record: string): boolean => {
    const data = encoder.encode(record)
    const need = LENGTH_BYTES + data.length
    if (need > size) throw new RangeError(`a record of ${data.length} bytes never fits a ring of ${size}`)
    const head = Atomics.load(control, HEAD)
    const used = (head - Atomics.load(control, TAIL)) | 0
    if (used + need > size) return false
    const length = new Uint8Array(LENGTH_BYTES)
    new DataView(length.buffer).setUint32(0, data.length, true)
    put(head, length)
    put((head + LENGTH_BYTES) | 0, data)
    Atomics.store(control, HEAD, (head + need) | 0)
    return true
  }

  /** The record at the reader's place, and how far it reaches. */
  const next = (head: number): { readonly record: string; readonly after: number } => {
    const length = new DataView(get(handed, LENGTH_BYTES).buffer).getUint32(0, true)
    assert(LENGTH_BYTES + length <= ((head - handed) | 0), 'a record ends where the writer’s cursor is or before')
    return { record: decoder.decode(get((handed + LENGTH_BYTES) | 0, length)), after: (handed + LENGTH_BYTES + length) | 0 }
  }

  const drain = (max: number, onRecord: (record: string) => void): number => {
    let count = 0
    const head = Atomics.load(control, HEAD)
    while (count < max && handed !== head) {
      const { record, after } = next(head)
      handed = after
      count += 1
      onRecord(record)
    }
    return count
  }

  return {
    push,
    pending: () => Atomics.load(control, HEAD) !== handed,
    peek: () => {
      const head = Atomics.load(control, HEAD)
      return head === handed ? null : next(head).record
    },
    drain,
    commit: () => void Atomics.store(control, TAIL, handed),
  }
}
