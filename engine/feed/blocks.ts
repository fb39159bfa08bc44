import { createReadStream, type ReadStream } from 'node:fs'
import { createGunzip, type Gunzip } from 'node:zlib'

/** Bytes read or inflated at a time; memory stays at a few of these whatever the file's length. */
export const BLOCK_BYTES = 262_144

/** A file's content, plain or inflated, block by block. */
export type Blocks = {
  /** The next bytes; null at the end. Rejects where the file cannot be read or inflated any further. */
  readonly next: () => Promise<Uint8Array | null>
  readonly close: () => void
}

/** RFC 1952: the first two bytes of every gzip member. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

const inflated = (file: ReadStream): Gunzip => {
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES })
  file.on('error', (error) => gunzip.destroy(error)) // a pipe does not hand errors on
  file.pipe(gunzip)
  return gunzip
}

export const openBlocks = (path: string, gzip: boolean): Blocks => {
  const file = createReadStream(path, { highWaterMark: BLOCK_BYTES })
  const stream = gzip ? inflated(file) : file
  const iterator = stream[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { value, done } = await iterator.next()
      return done === true ? null : (value as Uint8Array)
    },
    close: () => {
      stream.destroy()
      file.destroy()
    },
  }
}
