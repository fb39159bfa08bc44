import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Exit, ExitError } from '../../src/exit.ts'
import type { Chime } from './doorbell.ts'

/** Linux numbers, the same on every architecture that Node runs on. */
const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
const F_ADD_SEALS = 1_033
const F_SEAL_SHRINK = 2
const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
const PROT_READ_WRITE = 3
const MAP_SHARED = 1

const loadKoffi = () => {
  if (process.platform !== 'linux') {
    throw new ExitError(
      Exit.configuration,
      `the engine's processes share memory, which works on Linux only; this is ${process.platform}`,
      'run the engine on Linux; the console runs anywhere',
    )
  }
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    const libc = koffi.load('libc.so.6')
    return {
      koffi,
      memfdCreate: libc.func('int memfd_create(const char *name, unsigned int flags)'),
      ftruncate: libc.func('int ftruncate(int fd, long length)'),
      fcntl: libc.func('int fcntl(int fd, int command, int argument)'),
      eventfd: libc.func('int eventfd(unsigned int initial, int flags)'),
      mmap: libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)'),
    }
  } catch (error) {
    throw new ExitError(
      Exit.configuration,
      `shared memory is not available: ${(error as Error).message}`,
      'install the optional binary of the package koffi for this platform (npm ci without --omit=optional) on a Linux with glibc',
    )
  }
}

let library: ReturnType<typeof loadKoffi> | null = null
const native = () => (library ??= loadKoffi())

const checked = (result: number, what: string): number => {
  if (result < 0) throw new Error(`${what} failed with errno ${native().koffi.errno()}`)
  return result
}

/** New memory without a name: it lives as long as a process holds its descriptor or has it mapped. */
export const createMemory = (bytes: number): number => {
  const { memfdCreate, ftruncate, fcntl } = native()
  const descriptor = checked(memfdCreate('aegis', MFD_CLOEXEC | MFD_ALLOW_SEALING), 'memfd_create')
  checked(ftruncate(descriptor, bytes), 'ftruncate')
  // Nobody can cut it short under the others, which would end them with SIGBUS.
  checked(fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK), 'fcntl(F_ADD_SEALS)')
  return descriptor
}

/** The memory behind a descriptor. It stays mapped for the life of the process: views of it must never outlive the mapping. */
export const mapMemory = (descriptor: number, bytes: number): ArrayBuffer => {
  const { koffi, mmap } = native()
  const found = sizeOf(descriptor)
  // Touching a page behind the end of the memory would end the process with SIGBUS and no word.
  if (found !== bytes) {
    throw new ExitError(
      Exit.internal,
      `shared memory: descriptor ${descriptor} ${found === null ? 'is not open' : `has ${found} bytes, expected ${bytes}`}`,
      'stop the engine and start it again with one build',
    )
  }
  const address = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0)
  if (koffi.address(address) === 0xffff_ffff_ffff_ffffn) throw new Error(`mmap failed with errno ${koffi.errno()}`)
  return koffi.view(address, bytes)
}

const sizeOf = (descriptor: number): number | null => {
  try {
    return fstatSync(descriptor).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return null
    throw error
  }
}

export const createEvent = (): number => checked(native().eventfd(0, EFD_NONBLOCK_CLOEXEC), 'eventfd')

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer)

/** A bell over an eventfd. `owned` where this process is the one that listens. */
export const eventChime = (descriptor: number, owned: boolean): Chime => ({
  sound: () => {
    try {
      writeSync(descriptor, ONE)
    } catch (error) {
      // The counter is full: it has sounded and nobody has listened yet, which is all we wanted.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  },
  listen: owned ? (onSound) => listen(descriptor, onSound) : null,
  close: () => closeSync(descriptor),
})

const listen = (descriptor: number, onSound: () => void): { readonly close: () => void } => {
  const counter = new Uint8Array(8)
  // The handle is kept by the closure below: one that is collected never calls back and says nothing.
  const handle = native().koffi.node.poll(descriptor, { readable: true }, () => {
    try {
      readSync(descriptor, counter)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return later(error)
    }
    try {
      onSound()
    } catch (error) {
      later(error)
    }
  })
  return { close: () => handle.close() }
}

/** koffi swallows what its callbacks throw, so it is thrown from a turn of its own. */
const later = (error: unknown): void =>
  void setImmediate(() => {
    throw error
  })
