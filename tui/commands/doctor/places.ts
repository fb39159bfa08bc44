import { accessSync, constants, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ExitError } from '../../../src/exit.ts'
import { type Environment, type InstancePaths, lockFolder, socketPath, socketRoot } from '../../../src/home.ts'
import { missingSource } from '../source.ts'
import { type Finding, type Judge, judge } from './finding.ts'

/** File systems on which a lock of one host means nothing to another. */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
])

const statOf = (path: string): Stats | null => statSync(path, { throwIfNoEntry: false }) ?? null

/** The folder is ours alone; one that is not there yet can be made. Null where nothing is wrong. */
const wrongWith = (folder: string, { warn, fail }: Judge): Finding | null => {
  const stats = statOf(folder)
  if (stats === null) return parentRefuses(folder, fail)
  if (!stats.isDirectory()) return fail(`${folder} is not a folder`, 'move it out of the way')
  const uid = process.getuid?.()
  if (uid !== undefined && stats.uid !== uid) return fail(`${folder} belongs to user ${stats.uid}, who is not you`)
  if (!writable(folder)) return fail(`${folder} cannot be written`, `chmod 700 ${folder}`)
  const open = stats.mode & 0o077
  return open !== 0 && process.platform !== 'win32'
    ? warn(`${folder} has mode 0${(stats.mode & 0o777).toString(8)}, others may look in`, `chmod 700 ${folder}`)
    : null
}

const parentRefuses = (folder: string, fail: Judge['fail']): Finding | null => {
  let parent = dirname(folder)
  while (statOf(parent) === null && parent !== dirname(parent)) parent = dirname(parent)
  return writable(parent) ? null : fail(`${folder} cannot be made in ${parent}`, 'name another folder with --home')
}

const writable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false // the reason is the verdict itself: it may not be written
  }
}

export const folders = (paths: readonly string[]): Finding => {
  const verdict = judge('folders')
  for (const path of paths) {
    const wrong = wrongWith(path, verdict)
    if (wrong !== null) return wrong
  }
  return verdict.pass(paths.at(-1) ?? '')
}

const STREAMS = ['signal_bus.jsonl', 'signal_decisions.jsonl', 'shadow_trade_outcomes.jsonl', 'cycles.jsonl']

/** What the first start of an engine makes and every later one goes on with. */
export const sources = (paths: InstancePaths): Finding => {
  const { pass, warn, fail } = judge('sources')
  const trail = missingSource(paths, 'trail', paths.audit)
  if (trail !== null) return fail(`source missing: ${trail.path}`, trail.remedy)
  const streams = [...STREAMS.map((name) => join(paths.streams, name)), paths.trades]
  const missing = [
    missingSource(paths, 'logs', join(paths.logs, 'supervisor.jsonl')),
    ...streams.map((path) => missingSource(paths, 'streams', path)),
  ]
  const remedies = new Map(missing.flatMap((each) => (each === null ? [] : [[each.path, each.remedy] as const])))
  if (remedies.size === 0) return pass('none is missing')
  return warn(`source missing: ${[...remedies.keys()].join(', ')}`, [...remedies].map(([path, remedy]) => `${path}: ${remedy}`).join('\n'))
}

export const sockets = (env: Environment, home: string, instance: string): Finding => {
  const verdict = judge('sockets')
  let path: string
  try {
    path = socketPath(env, home, instance, 'operator')
  } catch (error) {
    if (error instanceof ExitError) return verdict.fail(error.message, error.remedy ?? undefined)
    throw error
  }
  if (process.platform === 'win32') return verdict.pass(path)
  return wrongWith(socketRoot(env), verdict) ?? wrongWith(dirname(path), verdict) ?? verdict.pass(`${path} (${Buffer.byteLength(path)} of 104 bytes)`)
}

export const locks = (env: Environment, typeOf: (path: string) => number | bigint = (path) => statfsSync(path).type): Finding => {
  const verdict = judge('lock folder')
  const folder = lockFolder(env)
  const wrong = wrongWith(folder, verdict)
  if (wrong !== null) return wrong
  if (statOf(folder) === null) return verdict.pass(`${folder} (made by the first start)`)
  const network = NETWORK.get(Number(typeOf(folder)))
  return network === undefined
    ? verdict.pass(folder)
    : verdict.warn(`${folder} is on ${network}: the lock may not keep another host out`, 'set XDG_STATE_HOME to a folder of a local disk')
}
