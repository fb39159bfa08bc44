import { readlinkSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Actor } from '../../src/contracts/audit.ts'
import type { Environment } from '../../src/home.ts'

/** Longest of each text in an `Actor`. */
const LENGTH_MAX = 64
const TERMINAL = /^\/dev\/(?:pts\/\d+|tty\w*|console)$/

/** The person at this end, as far as the process can know. The engine replaces the uid by the one that its kernel saw. */
export const localActor = (env: Environment): Actor => ({
  kind: 'operator',
  uid: process.getuid?.() ?? null,
  name: userName(env).slice(0, LENGTH_MAX),
  tty: terminal()?.slice(0, LENGTH_MAX) ?? null,
  ssh: env.SSH_CONNECTION?.split(' ')[0]?.slice(0, LENGTH_MAX) || null,
})

const userName = (env: Environment): string => {
  try {
    return userInfo().username
  } catch {
    return env.USER || env.LOGNAME || String(process.getuid?.() ?? 'unknown') // a uid without an entry in the user database
  }
}

/** Path of the terminal on one of the standard streams; null without one, and where there is no `/proc`. */
const terminal = (): string | null => {
  for (const descriptor of [0, 2, 1]) {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      if (TERMINAL.test(path)) return path
    } catch {
      // A closed stream has no link, and other systems have no /proc: then the next one, or no terminal.
    }
  }
  return null
}
