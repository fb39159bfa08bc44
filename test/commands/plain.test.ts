import { appendFileSync, mkdirSync, rmdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Alert } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import { socketPath } from '../../src/home.ts'
import { commandLine } from '../helpers/command-line.ts'
import { type EngineStandIn, engineStandIn } from '../helpers/engine-stand-in.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

const base = snapshotFixture()
const alert = (id: number, text: string, changes: Partial<Alert> = {}): Alert => ({
  id,
  at: base.asOf,
  level: 'critical',
  text,
  acknowledgedBy: null,
  ...changes,
})

type Watched = {
  readonly engine: EngineStandIn
  /** Every write in its order. */
  readonly writes: readonly string[]
  readonly told: (what: string | RegExp) => Promise<void>
  readonly end: () => Promise<number>
  /** The file that decisions are read from. */
  readonly decisions: string
}

/** `--plain` on an engine whose board already has these alerts. */
const watch = async (alerts: readonly Alert[], flags = '', before: (decisions: string) => void = () => undefined): Promise<Watched> => {
  const { run, env, paths } = commandLine()
  const decisions = join(paths.streams, 'signal_decisions.jsonl')
  mkdirSync(paths.streams, { recursive: true })
  before(decisions)
  const path = socketPath(env, env.AEGIS_HOME ?? '', 'default', 'operator')
  const engine = await engineStandIn(path, snapshotFixture({ instance: 'default', alerts: [...alerts] }), () => null)
  onTestFinished(engine.close)
  const person = new AbortController()
  onTestFinished(() => person.abort())
  const writes: string[] = []
  const ran = run(`attach --plain ${flags}`.trim(), { out: (text) => void writes.push(text), ended: () => person.signal })
  const told: Watched['told'] = async (what) => await expect.poll(() => writes.join(''), { timeout: 10_000, interval: 5 }).toMatch(what)
  await told('engine')
  return {
    engine,
    writes,
    told,
    decisions,
    end: async () => {
      person.abort()
      return (await ran).code
    },
  }
}

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[a-z]+\t[^\t\n]+\t[^\t\n]+\n$/

describe('--plain', () => {
  test('tells every alert: those that stand at the beginning, those that come one by one or together, and what became of them', async () => {
    const board = [alert(1, 'disk is nearly full', { level: 'warning' }), alert(2, 'the brain is gone')]
    const { engine, writes, told, end } = await watch(board)
    // A board keeps few; what is pushed off it was told when it came.
    for (let id = 3; id <= 12; id += 1) {
      engine.change({ alerts: [alert(id, `number ${id}`), alert(id - 1, `number ${id - 1}`)].slice(0, id % 2 === 0 ? 2 : 1) })
      await told(`number ${id}\n`)
    }
    engine.change({ alerts: [13, 14, 15].map((id) => alert(id, `together ${id}`, { level: 'info' })) })
    await told('together 15')
    engine.change({ alerts: [13, 14, 15].map((id) => alert(id, `together ${id}`, { level: 'info', acknowledgedBy: 'maria' })) })
    await told('seen by maria: together 15')
    expect(await end()).toBe(Exit.done)

    const lines = writes.map((line) => line.trimEnd().split('\t').slice(1).join(' '))
    const came = lines.filter((line) => /^alert #\d+ (?:INFO|WARNING|CRITICAL) /.test(line))
    expect(came.slice(0, 3)).toEqual(['alert #1 WARNING disk is nearly full', 'alert #2 CRITICAL the brain is gone', 'alert #3 CRITICAL number 3'])
    expect(new Set(came.map((line) => /#\d+/.exec(line)?.[0]))).toEqual(new Set(Array.from({ length: 15 }, (_, index) => `#${index + 1}`)))
    expect(lines.filter((line) => line.includes('seen by maria'))).toHaveLength(3)
  })

  test('is appended to and nothing else: each event is one whole line of time, kind, subject and text', async () => {
    const { engine, writes, told, end } = await watch([alert(1, 'two\nlines\tand a tab\r\u001b[2J\u202e')])
    engine.change({ engine: { ...base.engine, state: 'paused', desired: 'paused', reason: 'lunch\n\u001b[A' }, breakers: [] })
    await told('PAUSED')
    engine.change({ positions: [], processes: base.processes.map((each) => ({ ...each, state: 'failed' as const, reason: 'exit 70', pid: null })) })
    await told('orchestrator')
    await end()
    for (const line of writes) expect(line).toMatch(LINE)
    const text = writes.join('')
    // Nothing goes back, up or over what stands there.
    for (const moves of ['\r', '\b', '\u001b', '\u009b', '\f', '\v', '\u202e']) expect(text).not.toContain(moves)
    expect(text).toContain('two\\x0alines\\x09and a tab')
  })

  test('needs no line before it to be understood: of many that changed each line names which', async () => {
    const { engine, writes, told, end } = await watch([])
    const before = writes.length
    engine.change({ processes: base.processes.map((each) => ({ ...each, state: 'stuck' as const, reason: 'no progress' })) })
    await told('orchestrator')
    await end()
    expect(writes.slice(before).map((line) => line.trimEnd().split('\t').slice(1))).toEqual(
      base.processes.map(({ name }) => ['process', name, 'READY -> STUCK: no progress']),
    )
  })

  test('decisions that cannot be read are told of once, and the engine all the same; so is a file that was cut short', async () => {
    const { engine, writes, told, end, decisions } = await watch([], '', (path) => mkdirSync(path))
    await told('source\tdecisions\terror: EISDIR')
    engine.change({ alerts: [alert(1, 'the brain is gone')] })
    await told('the brain is gone')
    rmdirSync(decisions)
    // What stands in a file when it is first opened is history.
    const written = (): string => {
      appendFileSync(decisions, 'no decision\n')
      return writes.join('')
    }
    await expect.poll(written, { timeout: 10_000, interval: 50 }).toMatch('not readable: no decision')
    truncateSync(decisions)
    await told('source\tdecisions\tthe file was cut short')
    expect(await end()).toBe(Exit.done)
    expect(writes.filter((line) => line.includes('EISDIR'))).toHaveLength(1)
  })

  test('as JSON each line is a document with the same four names', async () => {
    const hostile = 'two\nlines \u009b2J\u202e'
    const { engine, writes, told, end } = await watch([alert(1, hostile)], '--json')
    engine.change({ alerts: [alert(2, 'another'), alert(1, hostile)] })
    await told('another')
    await end()
    for (const line of writes) {
      expect(line).toMatch(/^[^\n]+\n$/)
      for (const sign of ['\u009b', '\u202e']) expect(line).not.toContain(sign)
      expect(Object.keys(JSON.parse(line))).toEqual(['at', 'kind', 'subject', 'text'])
    }
    expect(writes.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'alert')).toMatchObject([
      { subject: '#1', text: `CRITICAL ${hostile}` },
      { subject: '#2', text: 'CRITICAL another' },
    ])
  })
})
