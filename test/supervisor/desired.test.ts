import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DesiredCommand, loadDesired, moveDesired, saveDesired } from '../../engine/supervisor/desired.ts'
import type { Desired } from '../../engine/supervisor/messages.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import { tempFolder } from '../helpers/temp.ts'

const NOW = Date.UTC(2026, 0, 5)

const halted: Desired = {
  state: 'halted',
  reason: 'news',
  actor: { kind: 'operator', uid: 1000, name: 'ana', tty: null, ssh: null },
  commandId: 'command-1',
  at: NOW - 1_000,
}

const desiredPath = (): string => join(tempFolder(), 'desired.json')
const load = (path: string, ledgerExists: boolean) => loadDesired({ path, ledgerExists, now: NOW })

describe('the wish of a person', () => {
  test('is read as it was saved, by its owner only', () => {
    const path = desiredPath()
    saveDesired(path, halted)
    expect(statSync(path).mode & 0o077).toBe(0)
    expect(load(path, true)).toEqual({ desired: halted, problem: null, keptAside: null })
  })

  test('is to run where nothing is there yet', () => {
    expect(load(desiredPath(), false)).toMatchObject({
      desired: { state: 'running', reason: 'new instance', at: NOW },
      problem: null,
      keptAside: null,
    })
  })

  test('means paused where it is missing beside a ledger', () => {
    const problem = 'the desired state is missing beside a ledger'
    expect(load(desiredPath(), true)).toMatchObject({ desired: { state: 'paused', reason: problem }, problem, keptAside: null })
  })

  test.each([
    ['empty', ''],
    ['half', JSON.stringify(halted).slice(0, 30)],
    ['zero bytes', '\0'.repeat(100)],
    ['another state', JSON.stringify({ ...halted, state: 'flying' })],
    ['a member less', JSON.stringify({ state: 'running' })],
    ['a member more', JSON.stringify({ ...halted, note: 1 })],
  ])('means paused where it is corrupt (%s), and the file is kept aside', (_, text) => {
    for (const ledgerExists of [true, false]) {
      const path = desiredPath()
      writeFileSync(path, text)
      const { desired, problem, keptAside } = load(path, ledgerExists)
      expect(desired).toMatchObject({ state: 'paused', reason: 'the desired state is corrupt', actor: { kind: 'engine' }, commandId: null })
      expect(problem).toBe('the desired state is corrupt')
      expect(basename(keptAside ?? '')).toBe('desired.json.corrupt-20260105T000000000Z')
      expect(readFileSync(keptAside ?? '', 'utf8')).toBe(text)
      expect(existsSync(path)).toBe(false)
    }
  })

  test('means paused where it cannot be read', () => {
    const path = desiredPath()
    mkdirSync(path)
    expect(load(path, false)).toMatchObject({ desired: { state: 'paused' }, problem: expect.stringContaining('EISDIR') })
  })
})

const refused = null

test.each<[DesiredCommand, string | undefined, Record<DesiredState, DesiredState | null>]>([
  ['pause', undefined, { running: 'paused', paused: 'paused', halted: refused, safe: refused }],
  ['resume', undefined, { running: 'running', paused: 'running', halted: refused, safe: refused }],
  ['halt', undefined, { running: 'halted', paused: 'halted', halted: 'halted', safe: 'halted' }],
  ['rearm', 'halt', { running: refused, paused: refused, halted: 'paused', safe: refused }],
  ['rearm', 'safe', { running: refused, paused: refused, halted: refused, safe: 'paused' }],
  ['rearm', 'drawdown', { running: refused, paused: refused, halted: refused, safe: refused }],
  ['rearm', 'toString', { running: refused, paused: refused, halted: refused, safe: refused }],
  ['rearm', undefined, { running: refused, paused: refused, halted: refused, safe: refused }],
])('%s %s moves each state as the table says', (command, breaker, table) => {
  for (const [from, to] of Object.entries(table)) {
    const moved = moveDesired(from as DesiredState, command, breaker)
    expect(moved.ok ? moved.value : refused, from).toBe(to)
    if (!moved.ok) expect(moved.error).not.toBe('')
  }
})

test.each<[DesiredState, DesiredCommand, string | undefined, string]>([
  ['halted', 'resume', undefined, 'halted is latched: rearm it first (breakers rearm halt)'],
  ['safe', 'resume', undefined, 'safe is latched: rearm it first (breakers rearm safe)'],
  ['halted', 'pause', undefined, 'halted already takes no entries'],
  ['running', 'rearm', 'halt', 'halt is not latched: the engine is wanted running'],
  ['running', 'rearm', 'x\u001b[2J', 'no breaker x\\x1b[2J; there are halt and safe'],
])('%s, asked to %s %s, says what to do', (from, command, breaker, says) => {
  expect(moveDesired(from, command, breaker)).toEqual({ ok: false, error: says })
})
