import { createRequire } from 'node:module'

const PR_SET_PDEATHSIG = 1
const SIGTERM = 15

/**
 * Asks the kernel for a SIGTERM when the supervisor dies, which comes within milliseconds. Where the call is not to be had, the
 * end of the IPC channel says the same a little later. The parent may have died before the call; then it is asked for nothing
 * and the changed parent shows it.
 */
export const dieWithParent = (parent: number, onOrphaned: () => void): void => {
  if (process.platform === 'linux') {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    koffi.load('libc.so.6').func('int prctl(int option, unsigned long argument)')(PR_SET_PDEATHSIG, SIGTERM)
  }
  if (process.ppid !== parent) onOrphaned()
}
