import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'

/** Windows has no such flag, and no pipes among its files. */
const WITHOUT_WAITING = constants.O_NONBLOCK ?? 0

/**
 * Opens a file to read it. A named pipe under its name would be waited for by the whole process, and a device may have no end:
 * both are errors like any other. @throws where it cannot be opened.
 */
export const openRegular = (path: string): number => {
  const descriptor = openSync(path, constants.O_RDONLY | WITHOUT_WAITING)
  const stats = fstatSync(descriptor)
  if (stats.isFile()) return descriptor
  closeSync(descriptor)
  throw notRegular(path, stats.isDirectory())
}

/** The whole text of a file. @throws as `openRegular` does. */
export const readRegular = (path: string): string => {
  const descriptor = openRegular(path)
  try {
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

const notRegular = (path: string, folder: boolean): Error =>
  Object.assign(new Error(folder ? 'EISDIR: a folder, and no file' : 'EINVAL: a pipe or a device, and no regular file'), {
    code: folder ? 'EISDIR' : 'EINVAL',
    path,
  })

/** What lies at a path; null where there is nothing, and where links lead nowhere or in a circle. @throws where it may not be looked at. */
export const lookAt = (path: string): BigIntStats | null => {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return null
    throw error
  }
}
