import { chmodSync, lstatSync, mkdirSync, type Stats, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import type { Role } from '../../src/contracts/wire.ts'
import { Exit, ExitError } from '../../src/exit.ts'

/**
 * The folder lets nobody but its owner through. So the observer's socket, though its group may use it (0660), serves the same
 * user only: it is the way to watch without being able to do harm. Letting a group watch takes a folder of mode 0710 and that
 * group on folder and socket; that is the operator's decision and not a default.
 */
const FOLDER_MODE = 0o700
const SOCKET_MODES: Readonly<Record<Role, number>> = { operator: 0o600, observer: 0o660 }
/** A socket is made with mode 0777 less the umask. */
const SOCKET_MODE_FULL = 0o777
const PROBE_MS_MAX = 1_000

const onPipes = process.platform === 'win32' // named pipes have no folder, mode or leftover

/** Makes the folder of the sockets ours alone. @throws ExitError 78 where it belongs to someone else or is no folder. */
export const prepareFolder = (folder: string): void => {
  if (onPipes) return
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  const stats = lstatSync(folder) // a link could lead anywhere, so it is not followed
  if (!stats.isDirectory()) throw new ExitError(Exit.configuration, `the folder of the control sockets is not a folder: ${folder}`)
  if (stats.uid !== process.getuid?.()) {
    throw new ExitError(
      Exit.configuration,
      `the folder of the control sockets belongs to user ${stats.uid}: ${folder}`,
      'set XDG_RUNTIME_DIR to a folder of your own',
    )
  }
  if ((stats.mode & 0o777) !== FOLDER_MODE) chmodSync(folder, FOLDER_MODE)
}

/** Listens with the role's mode from the first moment on. @throws ExitError 75 where another engine answers there, 78 where the path is taken. */
export const listenAt = async (server: Server, path: string, role: Role): Promise<void> => {
  if (!onPipes) await removeDead(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // The socket is made inside `listen`, before it returns; in between nothing else of this process makes a file.
    const umask = onPipes ? null : process.umask(SOCKET_MODE_FULL & ~SOCKET_MODES[role])
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      if (umask !== null) process.umask(umask)
    }
  })
}

/** A killed engine leaves its socket file. It goes only when the kernel says that nobody listens. */
const removeDead = async (path: string): Promise<void> => {
  const stats = statsOf(path)
  if (stats === null) return
  if (!stats.isSocket()) throw new ExitError(Exit.configuration, `${path} is in the way: it is not a socket`)
  if (!(await isDead(path))) throw new ExitError(Exit.alreadyRunning, `another engine answers at ${path}`)
  unlinkSync(path)
}

const statsOf = (path: string): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null

const isDead = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const settle = (dead: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(dead)
    }
    const timer = setTimeout(() => settle(false), PROBE_MS_MAX)
    socket.once('connect', () => settle(false))
    // Any other failure, such as a full queue of a stopped engine, means that somebody is there.
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'))
  })

/** Folders from the root of all sockets to the one of this instance, outermost first. */
export const foldersOf = (path: string, root: string): string[] => (onPipes ? [] : [root, dirname(path)])
