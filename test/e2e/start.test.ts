import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { processIdentity } from '../../engine/supervisor/process-identity.ts'
import { instancePaths } from '../../src/home.ts'
import { candleFile, goneOf, isAlive, type Place, place } from './engine.ts'

// A wait says itself what it waited for; a busy machine is no failure.
vi.setConfig({ testTimeout: 60_000 })

const CONTENDERS = 100

/** Nothing to trade: these tests are about starting. */
const quiet = { strategies: [] }

const started = async (at: Place, ...args: string[]): Promise<number> => {
  const { code, stderr } = await at.run(['start', ...args])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
  return at.pid() ?? -1
}

test(`${CONTENDERS} simultaneous starts give one engine, and every refusal is recorded`, { timeout: 90_000 }, async () => {
  const at = place(quiet)
  const contenders = Array.from({ length: CONTENDERS }, () => at.supervise())
  const reports = await Promise.all(contenders.map(({ ready }) => ready))
  const winners = reports.filter((report) => report?.ok === true)
  expect(winners).toHaveLength(1)
  const holder = at.pid()
  expect(winners[0]).toMatchObject({ pid: holder })

  const losers = await Promise.all(contenders.filter(({ pid }) => pid !== holder).map(async ({ pid, ended }) => ({ pid, ...(await ended) })))
  expect(losers.map(({ code }) => code)).toEqual(Array(CONTENDERS - 1).fill(75))
  const since = readFileSync(at.paths.pid, 'utf8').split('\n')[0]?.split('|')[1]
  for (const { stderr } of losers) expect(stderr).toContain(`an engine already trades this account: pid ${holder}, started ${since}`)

  // A loser that the busy holder did not answer in time left a line, which the holder takes over a little later.
  // One that was answered too late is in both; one that came before the holder could answer at all was taken over as it began.
  const begun = at.audit('CHILD_STARTED')[0]?.sequence ?? 0
  const atBegin = at.audit('TRAIL_ADOPTED').filter(({ sequence }) => sequence < begun).length
  const recorded = (): number => at.audit('SINGLETON_VIOLATION').length + at.audit('TRAIL_ADOPTED').length - atBegin
  await at.until('told of every refusal', ({ singleton: { violations } }) => violations + atBegin >= CONTENDERS - 1 && violations === recorded())
  const reported = at.audit('SINGLETON_VIOLATION').map(({ detail }) => Number(detail.loser))
  const adopted = at.audit('TRAIL_ADOPTED').map(({ reason }) => Number(/pid (\d+) was refused/.exec(reason)?.[1]))
  expect(new Set([...reported, ...adopted])).toEqual(new Set(losers.map(({ pid }) => pid)))
  for (const { detail } of at.audit('SINGLETON_VIOLATION')) expect(detail.holder).toBe(holder)

  expect((await at.run(['stop'])).code).toBe(0)
  expect((await at.run(['audit', 'verify'])).code).toBe(0)
})

test('a violation that the holder cannot answer is taken over by the next writer of the trail', async () => {
  const at = place(quiet)
  const holder = await started(at)
  const { processes } = await at.status()
  process.kill(holder, 'SIGSTOP')
  const refused = await at.run(['start'])
  expect([refused.code, refused.stderr]).toEqual([75, expect.stringContaining(`pid ${holder}, started `)])
  expect(readFileSync(at.paths.processLog, 'utf8')).toMatch(/SINGLETON_VIOLATION_UNREPORTED: pid \d+ was refused/)

  process.kill(holder, 'SIGKILL')
  for (const { pid } of processes) if (pid !== null) await goneOf(pid)
  await started(at)
  expect(at.audit('TRAIL_ADOPTED').map(({ reason }) => reason)).toEqual([expect.stringMatching(/UNREPORTED: pid \d+ was refused; pid \d+ holds/)])
})

const pidInfo = (pid: number, startTicks: string | null, bootId: string | null) => {
  const startedAt = '2026-01-02T03:04:05.678Z'
  const info = { pid, startedAt, startTicks, bootId, host: hostname(), version: '0', token: 'x', instance: 'default', mode: 'simulate' }
  return `${pid}|${startedAt}\n${JSON.stringify(info)}\n`
}

test.each([
  {
    says: 'of a process that is gone is cleaned',
    text: () => pidInfo(4_000_000, '1', processIdentity(process.pid)?.bootId ?? null),
    event: 'STALE_PID_CLEANED' as const,
    reason: /^pid 4000000 of 2026-01-02T03:04:05.678Z is gone$/,
  },
  {
    says: 'whose pid another process uses now is cleaned',
    text: () => pidInfo(process.pid, '1', processIdentity(process.pid)?.bootId ?? null),
    event: 'STALE_PID_CLEANED' as const,
    reason: /is gone$/,
  },
  {
    says: 'of a running process without the lock is cleaned, and that process lives on',
    text: () => pidInfo(process.pid, processIdentity(process.pid)?.startTicks ?? null, processIdentity(process.pid)?.bootId ?? null),
    event: 'STALE_PID_CLEANED' as const,
    reason: /runs but holds no lock on this account$/,
  },
  { says: 'that is garbage is kept aside', text: () => 'garbage\u0000', event: 'CORRUPT_PID_QUARANTINED' as const, reason: /first line.*kept as / },
  { says: 'that is empty is kept aside', text: () => '', event: 'CORRUPT_PID_QUARANTINED' as const, reason: /it is empty; kept as / },
])('a bot.pid $says', async ({ text, event, reason }) => {
  const at = place(quiet)
  writeFileSync(at.paths.pid, text())
  const pid = await started(at)
  expect(at.audit(event)).toMatchObject([{ reason: expect.stringMatching(reason) }])
  const kept = at.audit('CORRUPT_PID_QUARANTINED')[0]?.reason.split('kept as ')[1]
  if (kept !== undefined) expect(readFileSync(kept, 'utf8')).toBe(text())
  expect(readFileSync(at.paths.pid, 'utf8')).toMatch(new RegExp(`^${pid}\\|\\d{4}-`))
  expect((await at.run(['stop'])).code).toBe(0)
  expect(existsSync(at.paths.pid)).toBe(false)
})

test('another home, another instance and another mode are no way around the lock on an account', async () => {
  const at = place({ ...quiet, account: 'the one' })
  const holder = await started(at)
  for (const flags of [
    ['--instance', 'second'],
    ['--home', join(at.folder, 'elsewhere')],
    ['--instance', 'third', '--mode', 'dry-run'],
  ]) {
    const { code, stderr } = await at.run(['start', '--account', 'the one', ...flags])
    expect([code, stderr]).toEqual([75, expect.stringContaining(`pid ${holder}, started `)])
  }
  expect(at.audit('SINGLETON_VIOLATION').map(({ detail }) => detail.holder)).toEqual([holder, holder, holder])
  expect(existsSync(instancePaths(at.home, 'second').pid)).toBe(false)
  expect(isAlive(holder)).toBe(true)

  // Another account is another engine.
  const other = await at.run(['start', '--instance', 'second', '--account', 'another'])
  expect([other.code, other.stderr]).toEqual([0, ''])
  expect((await at.run(['stop', '--instance', 'second'])).code).toBe(0)
})

test('the life of an engine on the command line', async () => {
  const at = place(quiet)
  expect((await at.run(['status'])).code).toBe(3)
  expect((await at.run(['stop'])).code).toBe(3)

  const first = await started(at)
  expect((await at.run(['status'])).code).toBe(0)
  expect((await at.run(['start'])).code).toBe(75)
  const restarted = await at.run(['restart'])
  expect([restarted.code, restarted.stderr]).toEqual([0, expect.stringContaining(`stopped (pid ${first})`)])
  const second = at.pid() ?? -1
  expect(second).not.toBe(first)
  expect(isAlive(first)).toBe(false)

  const pids = (await at.status()).processes.map(({ pid }) => pid ?? -1)
  expect((await at.run(['stop'])).code).toBe(0)
  expect(pids.filter(isAlive)).toEqual([])
  expect((await at.run(['stop'])).code).toBe(3)
  expect((await at.run(['status'])).code).toBe(3)
  expect(at.audit().filter(({ event }) => event === 'BOT_START' || event === 'BOT_STOP')).toHaveLength(4)
})

test.each([
  {
    says: 'settings that do not fit',
    config: '{\n  "risk": { "positionsMax": 0 }\n}',
    args: [],
    code: 78,
    stderr: /config\.json:2:\d+ risk\.positionsMax/,
  },
  { says: 'settings that are no JSON', config: '{\n  "risk": {\n', args: [], code: 78, stderr: /config\.json:\d+:\d+/ },
  { says: 'a feed without its file', config: '{}', args: ['--feed', 'replay:/nowhere.csv'], code: 78, stderr: /nowhere\.csv/ },
  { says: 'the live mode', config: '{}', args: ['--mode', 'live'], code: 77, stderr: /live gate is closed/ },
  { says: 'the live mode in the settings', config: '{ "mode": "live" }', args: [], code: 77, stderr: /live gate is closed/ },
  { says: 'a mode that is no mode', config: '{}', args: ['--mode', 'simulation'], code: 78, stderr: /mode.*dry-run/s },
  { says: 'a mode in the settings that is no mode', config: '{ "mode": "papr" }', args: [], code: 78, stderr: /config\.json:1:\d+ mode/ },
  { says: 'a flag that is no flag', config: '{}', args: ['--bogus'], code: 64, stderr: /unknown option '--bogus'/ },
])('$says: exit $code before anything runs', async ({ config, args, code, stderr }) => {
  const at = place()
  writeFileSync(at.paths.config, config)
  const ran = await at.run(['start', ...args])
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(stderr)])
  expect(existsSync(at.paths.pid)).toBe(false)
  // The engine's own program says the same where a service manager starts it without a command line.
  const own = at.supervise()
  if (args.length === 0) expect([(await own.ended).code, at.pid()]).toEqual([code, null])
  else {
    own.kill('SIGTERM')
    await own.ended
  }
})

const HEADER = 't,open,high,low,close,volume'
test.each([
  {
    says: 'no symbol in its name',
    name: 'candles.csv',
    text: `${HEADER}\n1514764800000,1,1,1,1,1\n1514764860000,1,1,1,1,1\n`,
    stderr: /none of the configured symbols.*--symbol/s,
  },
  { says: 'a header of something else', name: 'BTCUSD_1m.csv', text: 'name,age\nann,7\n', stderr: /BTCUSD_1m\.csv/ },
  { says: 'times of no known form', name: 'BTCUSD_1m.csv', text: `${HEADER}\nsoon,1,1,1,1,1\n`, stderr: /line 2: no known form of time/ },
])('candles with $says are refused with 78 before anything runs, and nothing is latched', async ({ name, text, stderr }) => {
  const at = place()
  const file = join(at.folder, name)
  writeFileSync(file, text)
  const ran = await at.run(['start', '--feed', `replay:${file}`, '--speed', 'max'])
  expect([ran.code, ran.stderr]).toEqual([78, expect.stringMatching(stderr)])
  expect([existsSync(at.paths.pid), existsSync(at.paths.desired)]).toEqual([false, false])
  writeFileSync(file, `${HEADER}\n1514764800000,1,1,1,1,1\n1514764860000,1,1,1,1,1\n`)
  const again = await at.run(['start', '--feed', `replay:${file}`, '--speed', 'max', '--symbol', 'BTCUSD'])
  expect(again).toMatchObject({ code: 0 })
  expect((await at.until('at the end', ({ feed }) => feed.state.startsWith('ended'))).engine.desired).toBe('running')
})

const spoils = [
  {
    says: 'garbage',
    spoil: (path: string) => writeFileSync(path, 'this is no database, and never was one '.repeat(1_000)),
    reason: /not a database/,
  },
  {
    says: 'a ledger of a newer schema',
    spoil: (path: string) => {
      const database = new DatabaseSync(path)
      database.exec('PRAGMA user_version = 999')
      database.close()
    },
    reason: /newer|999/,
  },
]
const feeds = [
  { feed: 'a simulation', flags: () => [] },
  { feed: 'a replay', flags: (at: Place) => ['--feed', `replay:${candleFile(at, 1_000)}`] },
]

test.each(feeds.flatMap((feed) => spoils.map((spoil) => ({ ...feed, ...spoil }))))(
  '$says where the ledger should be, under $feed, halts the engine, says why, and is no restart storm',
  async ({ flags, spoil, reason }) => {
    const at = place(quiet)
    await started(at, ...flags(at))
    expect((await at.run(['stop'])).code).toBe(0)
    spoil(at.paths.ledger)
    const before = at.audit().length
    const ran = await at.run(['start', ...flags(at)])
    const text = `${ran.stdout}${ran.stderr}`
    expect([ran.code, text]).toEqual([0, expect.stringMatching(reason)])
    const { engine, processes } = await at.until('halted', (snapshot) => snapshot.engine.state === 'halted')
    expect(engine.desired).toBe('halted')
    const orchestrator = processes.find(({ name }) => name === 'orchestrator')
    expect(orchestrator).toMatchObject({ state: 'failed', restarts: 0, reason: expect.stringMatching(reason) })
    const status = await at.run(['status'])
    expect(status.stdout).toMatch(reason)
    expect((await at.run(['status', '--check'])).code).toBe(1)
    expect((await at.run(['stop'])).code).toBe(0)
    expect(at.audit('RESTART_STORM')).toEqual([])
    expect(at.audit().length - before).toBeLessThan(20)
  },
)
