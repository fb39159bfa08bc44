/** What the shell and systemd see. The table of the README has these and no other. */
export const Exit = {
  done: 0,
  checkFalse: 1,
  warn: 2,
  notRunning: 3,
  refused: 4,
  unknown: 5,
  protocol: 6,
  usage: 64,
  corrupt: 65,
  internal: 70,
  childDied: 71,
  restartStorm: 72,
  alreadyRunning: 75,
  gateClosed: 77,
  configuration: 78,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

/** An expected end of the process: a message for a person, how to mend it, and the code for the shell. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly code: ExitCode
  readonly remedy: string | null

  constructor(code: ExitCode, message: string, remedy: string | null = null) {
    super(message)
    this.code = code
    this.remedy = remedy
  }
}
