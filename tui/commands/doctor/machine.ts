import { spawnSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Environment } from '../../../src/home.ts'
import { PROJECT_ROOT } from '../../../src/version.ts'
import { type Finding, judge } from './finding.ts'

const NODE_MAJOR_MIN = 24
/** Older ones have a bug in the checkpoints of the write-ahead log. */
const SQLITE_MIN = '3.51.3'
const SPACE_WARN_BYTES = 1_000_000_000
const SPACE_FAIL_BYTES = 100_000_000
const WATCHES_MIN = 8_192
const INSTANCES_MIN = 64

export const node = (version: string): Finding => {
  const { pass, fail } = judge('node')
  return Number(version.split('.')[0]) >= NODE_MAJOR_MIN
    ? pass(version)
    : fail(`${version}, ${NODE_MAJOR_MIN} or newer is needed`, 'npm ci brings one')
}

export const platform = (name: string, arch: string): Finding => {
  const { pass, warn, fail } = judge('platform')
  if (name === 'linux') return arch === 'x64' || arch === 'arm64' ? pass(`${name} ${arch}`) : warn(`${name} ${arch} was never tried`)
  if (name === 'darwin' || name === 'win32') return warn(`${name} ${arch}: the console works, an engine does not`, 'run engines on Linux')
  return fail(`${name} is not supported`)
}

const isOlder = (version: string, than: string): boolean => {
  const [have, want] = [version, than].map((text) => text.split('.').map(Number))
  for (let part = 0; part < 3; part += 1) {
    const difference = (have?.[part] ?? 0) - (want?.[part] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

export const sqlite = (version: string | undefined): Finding => {
  const { pass, fail } = judge('sqlite')
  if (version === undefined) return fail('this Node has no SQLite', 'npm ci brings one that has')
  return isOlder(version, SQLITE_MIN)
    ? fail(`${version}, ${SQLITE_MIN} or newer is needed for the ledger`, 'npm ci brings a Node that has it')
    : pass(version)
}

export const terminal = (drawable: boolean, term: string | undefined): Finding => {
  const { pass, warn } = judge('terminal')
  if (term === undefined || term === '')
    return drawable ? warn('TERM is not set', 'export TERM=xterm-256color') : pass('none: views are printed as lines')
  if (term === 'dumb') return warn('TERM is dumb: views are printed as lines')
  return pass(drawable ? term : 'none: views are printed as lines')
}

export const locale = (env: Environment): Finding => {
  const { pass, warn } = judge('locale')
  const name = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(name) ? pass(name) : warn(`${name === '' ? 'none set' : name}: lines and signs may be drawn wrong`, 'export LANG=C.UTF-8')
}

/** What the rings need of the native library. It runs in a process of its own: a library that crashes must not take the doctor along. */
const PROBE = `
  const koffi = require('koffi')
  const library = koffi.load('libc.so.6')
  library.func('int memfd_create(const char *, uint32_t)')
  library.func('int eventfd(uint32_t, int)')`
const PROBE_MS_MAX = 5_000

/** The rings of an engine live in shared memory and nothing takes its place: without it an engine refuses to start. The console needs none. */
export const sharedMemory = (name: string, probe = PROBE): Finding => {
  const { pass, warn, fail } = judge('shared memory')
  if (name !== 'linux') return warn('only on Linux; an engine refuses to start here')
  const { status, signal, error, stderr } = spawnSync(process.execPath, ['-e', probe], { cwd: PROJECT_ROOT, encoding: 'utf8', timeout: PROBE_MS_MAX })
  if (status === 0) return pass('memfd and eventfd')
  const reason = error?.message ?? /^\w*Error: .*$/m.exec(stderr)?.[0] ?? `the native library ended with ${signal ?? status}`
  return fail(`${reason}; an engine refuses to start`, 'npm ci without --omit=optional installs the native library, for a Linux with glibc')
}

/** Nearest folder on the way up that exists; a fresh machine has none of ours. */
const existing = (folder: string, stat: (path: string) => { bavail: number | bigint; bsize: number | bigint }): number => {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = stat(path)
      return Number(bavail) * Number(bsize)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) throw error
    }
  }
}

export const space = (folder: string, stat: Parameters<typeof existing>[1] = statfsSync): Finding => {
  const { pass, warn, fail } = judge('disk space')
  const bytes = existing(folder, stat)
  const says = `${(bytes / 1_000_000_000).toFixed(1)} GB free at ${folder}`
  if (bytes < SPACE_FAIL_BYTES) return fail(says, 'the engine halts when a write fails; make room')
  return bytes < SPACE_WARN_BYTES ? warn(says, 'make room') : pass(says)
}

export const watches = (name: string, read: (path: string) => string = (path) => readFileSync(path, 'utf8')): Finding => {
  const { pass, warn } = judge('inotify')
  if (name !== 'linux') return pass('not needed here')
  const limit = (file: string): number => Number(read(`/proc/sys/fs/inotify/${file}`).trim())
  const [instances, each] = [limit('max_user_instances'), limit('max_user_watches')]
  const says = `${instances} watchers, ${each} files`
  if (instances >= INSTANCES_MIN && each >= WATCHES_MIN) return pass(says)
  return warn(
    `${says}: logs may follow late`,
    `sysctl fs.inotify.max_user_instances=${INSTANCES_MIN * 2} fs.inotify.max_user_watches=${WATCHES_MIN * 8}`,
  )
}
