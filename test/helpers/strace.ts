import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from './temp.ts'

/** Why system calls cannot be made to fail here; null where they can. */
export const straceMissing = (): string | null => {
  const tried = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (tried.error !== undefined) return 'strace is not installed'
  return tried.status === 0 ? null : `strace may not trace: ${tried.stderr.trim()}`
}

export type Traced = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program under strace; `inject` is what stands behind `-e inject=`, or null to let everything be. */
export const traced = (args: readonly string[], inject: string | null, log = '/dev/null', calls?: string): Promise<Traced> =>
  new Promise((resolve, reject) => {
    const options = [
      '-f',
      '-qq',
      '-o',
      log,
      ...(calls === undefined ? [] : ['-e', `trace=${calls}`]),
      ...(inject === null ? [] : ['-e', `inject=${inject}`]),
    ]
    const child = spawn('strace', [...options, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })

/** How often a program makes any of these calls when nothing fails. */
export const callsOf = async (args: readonly string[], calls: string): Promise<number> => {
  const log = join(tempFolder(), 'calls')
  await traced(args, null, log, calls)
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => / = /.test(line)).length
}
