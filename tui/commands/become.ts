import { spawn } from 'node:child_process'
import { Exit } from '../../src/exit.ts'
import type { Environment } from '../../src/home.ts'

/**
 * Turns this process into another program, with our terminal, our descriptors and our process id: signals and the end are the
 * program's own. Windows cannot do that; there it is a child, and this process waits for its end.
 */
export const become = async (file: string, args: readonly string[], env: Environment): Promise<number> => {
  if (process.platform !== 'win32' && process.execve !== undefined) {
    // Node warns that `execve` is experimental; that is our business and not the user's.
    process.removeAllListeners('warning')
    return process.execve(file, [file, ...args], Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)))
  }
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? Exit.internal))
  })
}
