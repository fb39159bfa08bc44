import { expect, test } from 'vitest'
import { createCommands } from '../../engine/supervisor/commands.ts'
import type { Desired } from '../../engine/supervisor/messages.ts'
import type { Reloaded } from '../../engine/supervisor/reload.ts'
import { type AuditRecord, GENESIS } from '../../src/contracts/audit.ts'
import type { Command, CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { Config } from '../../src/contracts/config.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import { err, ok } from '../../src/result.ts'
import { millis } from '../../src/units.ts'
import { testActor } from '../helpers/scripted.ts'

const NOW = 1_000_000

const ask = (command: Command, over: Partial<CommandRequest> = {}): CommandRequest => ({
  id: `id-${command.kind}-0001`,
  actor: testActor,
  reason: 'a test',
  expiresAt: NOW + 30_000,
  command,
  ...over,
})

/** Settings as they were read again, with one change. */
const reloaded: Reloaded = {
  config: Config.parse({}),
  configHash: 'other',
  changes: [{ path: 'guards.confidence.limit', from: 0.6, to: 0.5 }],
}

type World = {
  readonly settings?: Reloaded | null
  readonly state?: DesiredState
  readonly orchestrator?: 'answers' | 'silent' | 'down'
  readonly past?: readonly AuditRecord[]
}

/** The commands with a trail, a desired state and an orchestrator that are variables. `disk` refuses while it is full. */
const world = ({ state = 'running', orchestrator = 'answers', past = [], settings = reloaded }: World = {}) => {
  let desired: Desired = { state, reason: '', actor: testActor, commandId: null, at: 0 }
  const audited: { readonly id: string; readonly outcome: string; readonly message: string }[] = []
  const log: string[] = []
  const disk = { full: false }
  const commands = createCommands({
    clock: { now: () => millis(NOW), monotonic: () => NOW },
    desired: () => desired,
    shut: () => null,
    setDesired: (next) => {
      if (disk.full) throw new Error('ENOSPC')
      desired = next
      log.push(`desired ${next.state}`)
    },
    audit: (request, outcome, message) => {
      if (disk.full) throw new Error('ENOSPC')
      audited.push({ id: request.id, outcome, message })
      log.push(`audited ${outcome}`)
      return recordOf(request.id, outcome, message, audited.length)
    },
    toOrchestrator: (request) => {
      if (orchestrator === 'down') return false
      log.push(`asked ${request.command.kind}`)
      if (orchestrator === 'answers') setImmediate(() => commands.answered(request.id, 'accepted', 'done'))
      return true
    },
    reload: () => (settings === null ? err('config.json:3:5 risk.positionsMax: expected a number') : ok(settings)),
    applySettings: (request) => {
      if (orchestrator === 'down') return false
      log.push('settings told')
      if (orchestrator === 'answers') setImmediate(() => commands.answered(request.id, 'accepted', 'changed'))
      return true
    },
    settingsApplied: (_, { changes }) => void log.push(`applied ${changes.map(({ path }) => path).join()}`),
    acknowledge: (alert) => (alert === null || alert <= 2 ? 1 : 0),
    judge: (_, id, verdict) => (id === 'p1' ? ok(`${verdict} p1`) : err(`no proposal ${id}`)),
    rearmed: (breaker) => void log.push(`rearmed ${breaker}`),
    stop: (now) => void log.push(now ? 'stop now' : 'stop'),
    past,
    answerMsMax: 20,
  })
  return { commands, audited, log, disk, desired: () => desired.state }
}

const recordOf = (id: string, outcome: string, message: string, sequence: number): AuditRecord => ({
  sequence,
  time: '2026-01-01T00:00:00.000Z',
  event: 'COMMAND',
  actor: testActor,
  reason: 'a test',
  cause: id,
  detail: { command: 'pause', outcome, message },
  previous: GENESIS,
  hash: GENESIS,
})

test('a change is on the disk and in the trail before it is acknowledged', async () => {
  const { commands, log } = world()
  expect(await commands.handle(ask({ kind: 'pause' }))).toMatchObject({ outcome: 'accepted', auditSequence: 1 })
  expect(log).toEqual(['desired paused', 'audited accepted'])
})

test.each([
  { from: 'halted', command: { kind: 'resume' }, says: 'rearm' },
  { from: 'safe', command: { kind: 'resume' }, says: 'rearm' },
  { from: 'running', command: { kind: 'rearm', breaker: 'halt' }, says: 'not latched' },
  { from: 'running', command: { kind: 'trip', breaker: 'halt' }, says: 'give the command halt' },
  { from: 'running', command: { kind: 'trip', breaker: 'safe' }, says: 'by the engine alone' },
  { from: 'running', command: { kind: 'ack', alert: 3 }, says: 'no open alert 3' },
  { from: 'running', command: { kind: 'proposal', id: 'p2', verdict: 'approve' }, says: 'no proposal p2' },
] as const)('$command.kind of $from is refused with the reason, and recorded', async ({ from, command, says }) => {
  const { commands, audited, desired } = world({ state: from })
  const result = await commands.handle(ask(command))
  expect(result).toMatchObject({ outcome: 'refused', auditSequence: 1, message: expect.stringContaining(says) })
  expect(audited).toHaveLength(1)
  expect(desired()).toBe(from)
})

test('the same id gets the first answer, and nothing happens twice', async () => {
  const { commands, log } = world()
  const [first, second] = await Promise.all([commands.handle(ask({ kind: 'pause' })), commands.handle(ask({ kind: 'pause' }))])
  const third = await commands.handle(ask({ kind: 'halt' }, { id: 'id-pause-0001' }))
  expect(second).toEqual(first)
  expect(third).toEqual(first)
  expect(log).toEqual(['desired paused', 'audited accepted'])
})

test('a restart remembers the answers that the trail holds', async () => {
  const { commands, log } = world({ past: [recordOf('id-pause-0001', 'refused', 'halted already', 7)] })
  expect(await commands.handle(ask({ kind: 'pause' }))).toEqual({ outcome: 'refused', auditSequence: 7, message: 'halted already' })
  expect(log).toEqual([])
})

test('after its expiry a command is refused; at that very moment it is not', async () => {
  const { commands, desired } = world()
  expect(await commands.handle(ask({ kind: 'halt' }, { expiresAt: NOW - 1 }))).toMatchObject({
    outcome: 'refused',
    message: `the command had expired: it was valid until ${new Date(NOW - 1).toISOString()}, and here it is ${new Date(NOW).toISOString()}`,
  })
  expect(await commands.handle(ask({ kind: 'halt' }, { id: 'no-time-0001', expiresAt: -1e300 }))).toMatchObject({ outcome: 'refused' })
  expect(desired()).toBe('running')
  expect(await commands.handle(ask({ kind: 'halt' }, { id: 'another-0001', expiresAt: NOW }))).toMatchObject({ outcome: 'accepted' })
})

test('what lets in is valid for five minutes at most, what lets less in for as long as it likes', async () => {
  const { commands, desired } = world()
  const long = { expiresAt: NOW + 300_001 }
  expect(await commands.handle(ask({ kind: 'pause' }, { id: 'pause-long-01', ...long }))).toMatchObject({ outcome: 'accepted' })
  expect(await commands.handle(ask({ kind: 'resume' }, { id: 'resume-long-1', ...long }))).toMatchObject({
    outcome: 'refused',
    message: `a command that lets in is valid for 5 minutes at most; this one until ${new Date(NOW + 300_001).toISOString()}, and here it is ${new Date(NOW).toISOString()}`,
  })
  expect(await commands.handle(ask({ kind: 'resume' }, { id: 'resume-ever-1', expiresAt: 1e300 }))).toMatchObject({ outcome: 'refused' })
  expect(desired()).toBe('paused')
  expect(await commands.handle(ask({ kind: 'resume' }, { id: 'resume-soon-1', expiresAt: NOW + 300_000 }))).toMatchObject({ outcome: 'accepted' })
})

test('flatten is done by the orchestrator and answered with what it says', async () => {
  const { commands, log } = world()
  expect(await commands.handle(ask({ kind: 'flatten', symbol: null }))).toMatchObject({ outcome: 'accepted', message: 'done' })
  expect(log).toEqual(['asked flatten', 'audited accepted'])
})

test.each([
  { kind: 'trip', breaker: 'drawdown' },
  { kind: 'rearm', breaker: 'drawdown' },
  { kind: 'rearm', breaker: 'emotional' },
  { kind: 'phase', to: 'proof', force: false },
  { kind: 'killSwitch', on: true, origin: 'command' },
] as const)('$kind is the core’s and answered with what it says', async (command) => {
  const { commands, log } = world()
  expect(await commands.handle(ask(command))).toMatchObject({ outcome: 'accepted', message: 'done' })
  expect(log).toEqual([`asked ${command.kind}`, 'audited accepted'])
})

test('settings that were read again are told, then recorded value by value, then acknowledged', async () => {
  const { commands, log } = world()
  expect(await commands.handle(ask({ kind: 'reload' }))).toMatchObject({ outcome: 'accepted', message: 'changed' })
  expect(log).toEqual(['settings told', 'applied guards.confidence.limit', 'audited accepted'])
})

test('settings that are wrong change nothing, and the refusal names the place', async () => {
  const { commands, log } = world({ settings: null })
  expect(await commands.handle(ask({ kind: 'reload' }))).toMatchObject({ outcome: 'refused', message: expect.stringContaining('config.json:3:5') })
  expect(log).toEqual(['audited refused'])
})

test('settings that the orchestrator took in too late for an answer count all the same', async () => {
  const { commands, log } = world({ orchestrator: 'silent' })
  expect(await commands.handle(ask({ kind: 'reload' }))).toMatchObject({ outcome: 'unknown' })
  commands.answered('id-reload-0001', 'accepted', 'changed')
  expect(log).toEqual(['settings told', 'audited unknown', 'applied guards.confidence.limit', 'audited accepted'])
})

test('what was seen, and what was said to a proposal, is recorded', async () => {
  const { commands, audited } = world()
  expect(await commands.handle(ask({ kind: 'ack', alert: null }))).toMatchObject({ outcome: 'accepted', message: '1 alert was seen' })
  expect(await commands.handle(ask({ kind: 'proposal', id: 'p1', verdict: 'reject' }))).toMatchObject({ outcome: 'accepted', message: 'reject p1' })
  expect(audited).toHaveLength(2)
})

test('without an orchestrator flatten is refused, and pause works', async () => {
  const { commands, desired } = world({ orchestrator: 'down' })
  expect(await commands.handle(ask({ kind: 'flatten', symbol: null }))).toMatchObject({
    outcome: 'refused',
    message: expect.stringContaining('down'),
  })
  expect(await commands.handle(ask({ kind: 'pause' }))).toMatchObject({ outcome: 'accepted' })
  expect(desired()).toBe('paused')
})

test('an answer that does not come is unknown; one that comes late is recorded and given to whoever asks again', async () => {
  const { commands, audited } = world({ orchestrator: 'silent' })
  const request = ask({ kind: 'cancel', clientOrderId: 'led-1' })
  expect(await commands.handle(request)).toMatchObject({ outcome: 'unknown', auditSequence: 1 })
  expect(await commands.handle(request)).toMatchObject({ outcome: 'unknown', auditSequence: 1 })
  commands.answered(request.id, 'accepted', 'cancelled')
  commands.answered(request.id, 'refused', 'said twice')
  expect(await commands.handle(request)).toEqual({ outcome: 'accepted', auditSequence: 2, message: 'late: cancelled' })
  expect(audited.map(({ outcome }) => outcome)).toEqual(['unknown', 'accepted'])
})

test('an answer to what nobody asked changes nothing', () => {
  const { commands, log } = world()
  commands.answered('never-asked-1', 'accepted', 'done')
  expect(log).toEqual([])
})

test('letting go of a latch pauses and starts what had failed', async () => {
  const { commands, log, desired } = world({ state: 'safe' })
  expect(await commands.handle(ask({ kind: 'rearm', breaker: 'safe' }))).toMatchObject({ outcome: 'accepted' })
  expect(desired()).toBe('paused')
  expect(log).toEqual(['desired paused', 'rearmed safe', 'audited accepted'])
})

test('what a full disk refuses is unknown, is not remembered, and can be asked again', async () => {
  const { commands, disk, desired } = world()
  disk.full = true
  expect(await commands.handle(ask({ kind: 'resume' }))).toMatchObject({
    outcome: 'unknown',
    auditSequence: null,
    message: expect.stringContaining('ENOSPC'),
  })
  disk.full = false
  expect(await commands.handle(ask({ kind: 'resume' }))).toMatchObject({ outcome: 'accepted' } satisfies Partial<CommandResult>)
  expect(desired()).toBe('running')
})

test('what was done and could not be recorded is recorded when it is asked about again, and not done twice', async () => {
  const { commands, disk, log, audited } = world()
  disk.full = true
  const flatten = ask({ kind: 'flatten', symbol: null })
  expect(await commands.handle(flatten)).toMatchObject({ outcome: 'unknown', auditSequence: null })
  disk.full = false
  expect(await commands.handle({ ...flatten, expiresAt: NOW - 1 })).toMatchObject({ outcome: 'accepted', auditSequence: 1, message: 'done' })
  expect(log).toEqual(['asked flatten', 'audited accepted'])
  expect(audited).toHaveLength(1)
})

test('what may hold although it could not be saved is never refused afterwards', async () => {
  const { commands, disk, audited } = world()
  disk.full = true
  const paused = ask({ kind: 'pause' })
  await commands.handle(paused)
  disk.full = false
  const again = { ...paused, expiresAt: NOW - 1 }
  const answer = { outcome: 'unknown', auditSequence: 1, message: expect.stringContaining('may hold') }
  expect(await commands.handle(again)).toMatchObject(answer)
  expect(await commands.handle(again)).toMatchObject(answer)
  expect(audited).toHaveLength(1)
})

test('a full disk does not keep the engine from stopping', async () => {
  const { commands, disk, log } = world()
  disk.full = true
  expect(await commands.handle(ask({ kind: 'stop', now: false }))).toMatchObject({ outcome: 'unknown' })
  expect(log).toEqual(['stop'])
})

test('of very many answers the oldest are forgotten', async () => {
  const { commands, audited } = world()
  for (let index = 0; index <= 1_000; index += 1) await commands.handle(ask({ kind: 'pause' }, { id: `many-${String(index).padStart(6, '0')}` }))
  expect(audited).toHaveLength(1_001)
  await commands.handle(ask({ kind: 'pause' }, { id: 'many-001000' }))
  expect(audited).toHaveLength(1_001)
  await commands.handle(ask({ kind: 'pause' }, { id: 'many-000000' }))
  expect(audited).toHaveLength(1_002)
})
