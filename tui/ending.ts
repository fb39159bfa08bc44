import { Exit, type ExitCode } from '../src/exit.ts'
import { inert } from '../src/text.ts'

/** How the console ends. */
export type End =
  | { readonly kind: 'detached' }
  | { readonly kind: 'signal'; readonly signal: keyof typeof SIGNALS }
  | { readonly kind: 'gone' }
  /** To be opened again on another instance. */
  | { readonly kind: 'attach'; readonly instance: string }
  | { readonly kind: 'crash'; readonly error: unknown }

/** The signals that end it, and their numbers: shells expect 128 more as the exit code. */
export const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const
const SIGNALLED = 128

/** The terminal or the pipe at the other end is gone; nothing is wrong with us. */
export const isHangUp = (error: unknown): boolean =>
  ['EIO', 'EPIPE', 'ENXIO', 'ENOTCONN'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')

export const exitCode = (how: End): ExitCode | number => {
  switch (how.kind) {
    case 'detached':
      return Exit.done
    case 'signal':
      return SIGNALLED + SIGNALS[how.signal]
    case 'attach':
      return Exit.done
    case 'gone':
      return SIGNALLED + SIGNALS.SIGHUP
    case 'crash':
      return Exit.internal
  }
}

/** On the primary screen, where it stays. */
export const crashReport = (error: unknown): string => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `aegis-console: the console ended by a fault of its own; the engine is not affected\n${text.split('\n').map(inert).join('\n')}`
}
