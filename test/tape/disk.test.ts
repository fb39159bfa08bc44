import type * as Fs from 'node:fs'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import { tempFolder } from '../helpers/temp.ts'
import { barOf, range } from '../ring/bars.ts'

/** The disk under the tape: what was flushed, and how many bytes still fit on it. */
const disk = vi.hoisted(() => ({ flushes: [] as string[], free: Number.POSITIVE_INFINITY }))

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof Fs>()
  const flushed =
    (kind: string, flush: (descriptor: number) => void) =>
    (descriptor: number): void => {
      const name = real.readlinkSync(`/proc/self/fd/${descriptor}`)
      disk.flushes.push(`${kind} ${name.slice(name.lastIndexOf('/') + 1)}`)
      flush(descriptor)
    }
  return {
    ...real,
    fdatasyncSync: flushed('data', real.fdatasyncSync),
    fsyncSync: flushed('folder', real.fsyncSync),
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
      if (disk.free === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      const written = real.writeSync(descriptor, bytes, offset, Math.min(length, disk.free), position)
      disk.free -= written
      return written
    },
  }
})

afterEach(() => {
  disk.flushes = []
  disk.free = Number.POSITIVE_INFINITY
})

describe.skipIf(process.platform !== 'linux')('a tape and its disk', () => {
  test('flushes once for all that is new, and not at all where nothing is', () => {
    const folder = tempFolder()
    const writer = openTapeWriter(folder)
    const reader = openTapeReader(folder)
    onTestFinished(() => {
      writer.close()
      reader.close()
    })
    for (const sequence of range(1, 10)) writer.append(barOf(sequence))
    writer.flush()
    disk.flushes = []
    for (const sequence of [3, 3, 2, 7, 10]) reader.sync(sequence)
    expect(disk.flushes).toEqual(['data 000000000000.tape'])
    writer.append(barOf(11))
    writer.flush()
    reader.sync(10)
    expect(disk.flushes).toHaveLength(1)
    reader.sync(11)
    expect(disk.flushes).toHaveLength(2)
  })

  test('flushes every file that has something new, and a full one for the last time', () => {
    const folder = tempFolder()
    const writer = openTapeWriter(folder, 10)
    const reader = openTapeReader(folder)
    onTestFinished(() => {
      writer.close()
      reader.close()
    })
    for (const sequence of range(1, 25)) writer.append(barOf(sequence))
    writer.flush()
    disk.flushes = []
    reader.sync(12)
    expect(disk.flushes).toEqual(['data 000000000000.tape', 'data 000000000010.tape', 'data 000000000020.tape'])
    disk.flushes = []
    writer.append(barOf(26))
    writer.flush()
    reader.sync(26)
    expect(disk.flushes).toEqual(['data 000000000020.tape'])
  })

  test('has a full file for good before the next one exists, and the next one’s name before its bars', () => {
    const folder = tempFolder('aegis-tape-')
    const writer = openTapeWriter(folder, 10)
    onTestFinished(writer.close)
    for (const sequence of range(1, 10)) writer.append(barOf(sequence))
    writer.flush()
    disk.flushes = []
    writer.append(barOf(11))
    writer.flush()
    expect(disk.flushes).toEqual(['data 000000000000.tape', 'data 000000000010.tape', expect.stringMatching(/^folder aegis-tape-/)])
  })

  test.each(range(0, 12).map((free) => ({ free: free * 41 })))(
    'that is full after $free bytes of a batch loses nothing once there is room',
    ({ free }) => {
      const folder = tempFolder()
      const writer = openTapeWriter(folder)
      for (const sequence of range(1, 5)) writer.append(barOf(sequence))
      disk.free = free
      if (free < 480) expect(() => writer.flush()).toThrow(/ENOSPC/)
      expect(() => openTapeReader(folder).lastSequence()).not.toThrow()
      disk.free = Number.POSITIVE_INFINITY
      writer.append(barOf(6))
      writer.flush()
      writer.close()
      const again = openTapeWriter(folder)
      expect(again.end()).toMatchObject({ sequence: 6, bars: 6, tornBytes: 0 })
      again.close()
    },
  )

  test.each(range(0, 12).map((free) => ({ free: free * 41 })))(
    'that is full after $free bytes while the process ends leaves a tape that opens',
    ({ free }) => {
      const folder = tempFolder()
      const writer = openTapeWriter(folder)
      for (const sequence of range(1, 5)) writer.append(barOf(sequence))
      disk.free = free
      if (free < 480) expect(() => writer.close()).toThrow(/ENOSPC/)
      else writer.close()
      disk.free = Number.POSITIVE_INFINITY
      const again = openTapeWriter(folder)
      const sound = Math.min(5, Math.floor(free / 96))
      expect(again.end()).toMatchObject({ sequence: sound, tornBytes: Math.min(480, free) - sound * 96 })
      again.close()
    },
  )
})
