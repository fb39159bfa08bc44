import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { Exit, ExitError } from './exit.ts'
import { INSTANCE_NAME, INSTANCE_NAME_SAYS } from './instance-name.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Longest socket path that every supported system takes, with room for the final NUL. */
const SOCKET_PATH_BYTES_MAX = 104

/** XDG folders count only when they are absolute (XDG Base Directory Specification). */
const absolute = (value: string | undefined): string | null => (value !== undefined && isAbsolute(value) ? value : null)

/**
 * `HOME` where it is absolute, else what the account's entry says: a relative one would be another folder in each place a
 * command is given, and with it another lock.
 * @throws ExitError 78 where neither is known.
 */
export const homeFolder = (env: Environment): string => {
  const home = absolute(env.HOME)
  if (home !== null) return home
  try {
    return userInfo().homedir
  } catch (cause) {
    throw new ExitError(Exit.configuration, `HOME is no absolute path and this account has no entry: ${(cause as Error).message}`, 'set HOME')
  }
}

const stateFolder = (env: Environment): string => absolute(env.XDG_STATE_HOME) ?? join(homeFolder(env), '.local', 'state')

/** Where all instances live: `--home`, `AEGIS_HOME`, else the state folder of XDG. */
export const aegisHome = (env: Environment, flag?: string): string => resolve(flag ?? (env.AEGIS_HOME || join(stateFolder(env), 'aegis')))

/** The lock folder does not follow `AEGIS_HOME`, so that another home is no way around the lock. */
export const lockFolder = (env: Environment): string => join(stateFolder(env), 'aegis', 'locks')

/** The lock file of one account at one venue. The name is a hash, because an account may hold any character. */
export const lockPath = (env: Environment, venue: string, account: string): string =>
  join(lockFolder(env), `${createHash('sha256').update(`${venue}\0${account}`).digest('hex').slice(0, 32)}.lock`)

/** Folder of all instances' sockets. Without a runtime folder it is ours in the system's temporary one; its owner is checked before use. */
export const socketRoot = (env: Environment): string => {
  const runtime = absolute(env.XDG_RUNTIME_DIR)
  return runtime === null ? join(tmpdir(), `aegis-${userInfo().uid}`) : join(runtime, 'aegis')
}

export type SocketRole = 'operator' | 'observer'

/**
 * Path of a control socket. Two homes may hold instances of one name, so a home other than the default one adds a short hash.
 * @throws ExitError 78 where the path is too long for a socket.
 */
export const socketPath = (env: Environment, home: string, instance: string, role: SocketRole): string => {
  const usual = home === join(stateFolder(env), 'aegis')
  const folder = usual ? instance : `${instance}-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\aegis-${userInfo().username}-${folder}-${role}`
  const path = join(socketRoot(env), folder, `${role}.sock`)
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new ExitError(
      Exit.configuration,
      `socket path has ${Buffer.byteLength(path)} bytes, ${SOCKET_PATH_BYTES_MAX} is the most: ${path}`,
      'set XDG_RUNTIME_DIR to a shorter folder',
    )
  }
  return path
}

/** Every file of one instance. Our code never lives here and state never lives beside code. */
export type InstancePaths = ReturnType<typeof instancePaths>

/** @throws ExitError 64 where the name is not one. */
export const instancePaths = (home: string, instance: string) => {
  if (!INSTANCE_NAME.test(instance)) throw new ExitError(Exit.usage, `--instance ${JSON.stringify(instance)}: ${INSTANCE_NAME_SAYS}`)
  const root = join(home, instance)
  return {
    home,
    instance,
    root,
    config: join(root, 'config.json'),
    strategies: join(root, 'strategies'),
    /** Lists that guards look at, made outside. */
    watchlist: join(root, 'watchlist.json'),
    earnings: join(root, 'earnings.json'),
    pid: join(root, 'bot.pid'),
    processLog: join(root, 'bot_process.log'),
    audit: join(root, 'audit.jsonl'),
    /** Signed heads of the trail, kept apart from it. */
    auditHeads: join(root, 'state', 'audit_heads.jsonl'),
    auditKey: join(root, 'state', 'audit_key.pem'),
    auditPublicKey: join(root, 'state', 'audit_key.pub.pem'),
    data: join(root, 'data'),
    ledger: join(root, 'data', 'execution.sqlite'),
    /** The paper venue's own record; a real venue keeps its own elsewhere. */
    paperVenue: join(root, 'data', 'paper-venue.sqlite'),
    tape: join(root, 'data', 'tape'),
    instruments: join(root, 'data', 'instruments.json'),
    logs: join(root, 'logs'),
    streams: join(root, 'streams'),
    trades: join(root, 'streams', 'trades'),
    equity: join(root, 'streams', 'equity'),
    exitEvents: join(root, 'ledger', 'EXIT_EVENTS'),
    portfolioDecisions: join(root, 'ledger', 'PORTFOLIO_DECISIONS'),
    state: join(root, 'state'),
    desired: join(root, 'state', 'desired.json'),
    /** What the reports propose, and what people said to it. */
    proposals: join(root, 'state', 'proposals.json'),
    proposalVerdicts: join(root, 'state', 'proposal_verdicts.json'),
    /** While this file is there nothing new is entered. */
    killSwitch: join(root, 'state', 'KILL_SWITCH'),
    heartbeat: join(root, 'state', 'execution_heartbeat.json'),
    portfolioDecision: join(root, 'state', 'portfolio_decision_latest.json'),
    riskMetrics: join(root, 'state', 'risk_metrics.json'),
    /** By the day in New York. */
    symbolStates: (day: string) => join(root, 'state', `symbol_execution_state_${day}.json`),
    consumedEntries: (day: string) => join(root, 'state', `consumed_entries_${day}.json`),
    /** The last snapshot, for the console when no engine answers. */
    snapshot: join(root, 'state', 'snapshot.json'),
    reports: join(root, 'reports'),
    backups: join(root, 'backups'),
  } as const
}
