import { Exit } from './exit.ts'

/**
 * What a command prints is never worth what it does: a reader that leaves early, as `head` does, and a device that takes nothing more end
 * no command midway. `onLost` is told when nothing more of the output can arrive.
 */
export const outliveOutput = (onLost: () => void): void => {
  let lost = false
  process.stderr.on('error', () => undefined) // nobody is left to be told
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (lost) return
    lost = true
    onLost()
    // The reader left: nothing is wrong, and the command's own end stays its end.
    if (code === 'EPIPE') return
    process.stderr.write(`aegis-console: standard output: ${message}\n`)
    process.once('exit', (own) => {
      if (own === Exit.done) process.exitCode = Exit.internal
    })
  })
}
