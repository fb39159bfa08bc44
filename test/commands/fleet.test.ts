import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { commandLine } from '../helpers/command-line.ts'
import { closedFixture } from '../helpers/records-fixture.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

describe('fleet', () => {
  test('tells of every instance, of one that answers and of one that is past', async () => {
    const { run, engine, write, paths, env } = commandLine()
    await engine({ status: () => ({ result: snapshotFixture({ instance: 'default' }) }) })
    write(join(env.AEGIS_HOME ?? '', 'lab-2', 'state', 'snapshot.json'), [snapshotFixture({ instance: 'lab-2', mode: 'paper' })])
    mkdirSync(join(env.AEGIS_HOME ?? '', 'never-started'), { recursive: true })
    mkdirSync(paths.root, { recursive: true })
    const { code, json } = await run('fleet --json')
    expect(code).toBe(Exit.done)
    expect(json()).toMatchObject({
      problem: null,
      engines: [
        { instance: 'default', answers: true, role: 'operator', state: 'running', breakers: [], positions: 2 },
        { instance: 'lab-2', answers: false, reason: 'no engine', mode: 'paper', state: 'running' },
        { instance: 'never-started', answers: false, state: null, equity: null },
      ],
    })
    const { out } = await run('fleet')
    expect(out).toMatch(/^default +SIMULATE +RUNNING +41822 .* answers \(operator\)$/m)
    expect(out).toMatch(/^lab-2 +PAPER +was running +- .* no engine$/m)
    expect(out).toMatch(/^never-started +- +- +- +- +- +- +- +- +no engine$/m)
  })
  test('an engine whose state cannot be shown is named, with the reason', async () => {
    const { run, engine, paths } = commandLine()
    mkdirSync(paths.root, { recursive: true })
    await engine({ status: () => ({ result: { ...snapshotFixture(), positions: null } }) })
    const { out } = await run('fleet')
    expect(out).toMatch(/^default +- .* use the console of its version$/m)
  })
  test('without an engine, or without a home, it is 3 and says why', async () => {
    const { run, paths } = commandLine()
    expect(await run('fleet')).toMatchObject({ code: Exit.notRunning, err: expect.stringContaining('ENOENT') })
    mkdirSync(paths.root, { recursive: true })
    expect(await run('fleet')).toMatchObject({ code: Exit.notRunning, out: expect.stringMatching(/^default +- .* no engine$/m) })
  })
})

describe('charts', () => {
  const withTrades = () => {
    const line = commandLine()
    line.write(join(line.paths.trades, '2026-11-20.jsonl'), [...closedFixture(2, '33.5').toReversed(), ...closedFixture(4, '-7.25').toReversed()])
    line.write(line.paths.snapshot, [snapshotFixture()])
    return line
  }
  test('tells the figures of every chart, without an engine from the files', async () => {
    const { run } = withTrades()
    const { code, out, err } = await run('charts')
    expect(code).toBe(Exit.done)
    expect(err).toContain('the figures are those of its files')
    expect(out).toMatch(/Booked profit[\s\S]* 16\.05/)
    expect(out).toMatch(/Won and lost[\s\S]*won +1[\s\S]*lost +1/)
  })
  test('as JSON, whole', async () => {
    const { charts } = (await withTrades().run('charts --json')).json() as { charts: { name: string; points?: { value: number }[] }[] }
    expect(charts.map(({ name }) => name)).toContain('Drawdown')
    expect(charts.find(({ name }) => /profit/i.test(name))?.points?.at(-1)?.value).toBeCloseTo(16.05)
  })
  test('a chart without figures says why', async () => {
    const { out } = await commandLine().run('charts')
    expect(out).toMatch(/source missing/)
  })
  test.each(['0', '-3', 'x', ''])('--hours %j is refused', async (hours) => {
    expect((await commandLine().run(['charts', '--hours', hours])).code).toBe(Exit.usage)
  })
})
