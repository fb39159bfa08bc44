import type { Socket } from 'node:net'

const SOL_SOCKET = 1
const SO_PEERCRED = 17
/** struct ucred: pid, uid, gid, 32 bits each. */
const UCRED_BYTES = 12

type ReadCredentials = (descriptor: number) => Uint32Array | null

/** Loaded at the first command, not at the start: the native library costs 10 ms and nothing else here needs it. */
const load = async (): Promise<ReadCredentials | null> => {
  if (process.platform !== 'linux') return null
  try {
    const { default: koffi } = await import('koffi')
    const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, _Out_ uint32_t *, _Inout_ uint32_t *)')
    return (descriptor) => {
      const credentials = new Uint32Array(UCRED_BYTES / Uint32Array.BYTES_PER_ELEMENT)
      const length = [UCRED_BYTES]
      const failed = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0
      return failed || length[0] !== UCRED_BYTES ? null : credentials
    }
  } catch {
    return null // without the native library the uid stays unknown, which the audit trail shows as null
  }
}

let reader: Promise<ReadCredentials | null> | null = null

/** Node shows the descriptor of a socket on a private field only; where that is gone the peer is unknown. */
const descriptorOf = (socket: Socket): number | null => {
  const descriptor = (socket as { readonly _handle?: { readonly fd?: unknown } | null })._handle?.fd
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null
}

/** User at the other end as the kernel recorded it when the connection was made; null where that cannot be had. Never the client's own word. */
export const peerUid = async (socket: Socket): Promise<number | null> => {
  reader ??= load()
  const read = await reader
  const descriptor = descriptorOf(socket)
  return descriptor === null ? null : (read?.(descriptor)?.[1] ?? null)
}
