import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { SharedDescriptors } from '../../engine/ring/shared.ts'

/** A process of `test/ring/children` that inherits the descriptors, and is gone when the test ends. */
export const forkWith = ({ memory, feed, brain, orchestrator }: SharedDescriptors, name: string, ...args: string[]): ChildProcess => {
  const file = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url))
  const child = fork(file, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc', memory, feed, brain, orchestrator] })
  onTestFinished(() => killed(child))
  return child
}

export const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

/** Resolves when the kernel has let go of it. */
export const killed = (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL')
  return exited(child)
}

/** Waits for something that a child brings about; a child that breaks fails the wait instead of leaving it open. */
export const broughtBy = async (child: ChildProcess, wait: Promise<void>): Promise<void> => {
  let onExit: (code: number | null) => void = () => undefined
  const death = new Promise<never>((_, reject) => {
    onExit = (code) => {
      if (code !== 0) reject(new Error(`the child ended with code ${code}`))
    }
    if (child.exitCode === null) child.once('exit', onExit)
    else onExit(child.exitCode)
  })
  try {
    await Promise.race([wait, death])
  } finally {
    child.off('exit', onExit)
  }
}
