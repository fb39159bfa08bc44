/** What a disk says that is full, broken, over its quota or read-only. */
const REFUSALS: ReadonlySet<string> = new Set(['ENOSPC', 'EIO', 'EDQUOT', 'EROFS', 'EFBIG'])
/** SQLITE_IOERR, SQLITE_FULL and SQLITE_READONLY; the upper bits of SQLite's code say more. */
const SQLITE_REFUSALS: ReadonlySet<number> = new Set([10, 13, 8])
const SQLITE_KIND = 0xff

export const DISK_REMEDY = 'free space or mend the disk; then breakers rearm, or stop and start the engine'

/** True where an error is the disk's own: trying again at once cannot help, and a person has to look. */
export const isDiskRefusal = (error: unknown): boolean => {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown }
  if (typeof code === 'string' && REFUSALS.has(code)) return true
  return typeof errcode === 'number' && SQLITE_REFUSALS.has(errcode & SQLITE_KIND)
}
