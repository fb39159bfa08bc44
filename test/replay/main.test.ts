import { mkdirSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test, vi } from 'vitest'
import { main } from '../../engine/replay/main.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import { Exit } from '../../src/exit.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, type World, wishes, world } from '../orchestrator/world.ts'

afterEach(() => void vi.restoreAllMocks())

const bars = market(5, 150)

/** A whole instance as an engine leaves it behind, with its tape and its instruments on disk. */
const instance = async (): Promise<World> => {
  const place = world(tempFolder(), bars, wishes(bars))
  await live(place, killer(Number.POSITIVE_INFINITY))
  writeFileSync(place.paths.instruments, JSON.stringify(instruments))
  const tape = openTapeWriter(place.paths.tape)
  for (const bar of bars) tape.append(bar)
  tape.close()
  return place
}

const ask = async ({ paths }: Pick<World, 'paths'>, ...flags: string[]) => {
  const said: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const code = await main(['--home', paths.home, ...flags])
  return { code, text: said.join('') }
}

const verify = async ({ paths }: Pick<World, 'paths'>) => {
  const said: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const code = await main(['--home', paths.home, '--verify', '--json'])
  return { code, report: JSON.parse(said.join('')) as { clean: boolean } }
}

test('an untouched instance verifies clean with exit code 0', async () => {
  expect(await verify(await instance())).toMatchObject({ code: Exit.done, report: { clean: true, core: { difference: null } } })
})

test('a ledger that was changed is exit code 1 and says in which cycle', async () => {
  const place = await instance()
  const database = new DatabaseSync(place.paths.ledger)
  database.exec("UPDATE events SET body = json_set(body, '$.at', 1) WHERE sequence = 5")
  database.close()
  expect(await verify(place)).toMatchObject({
    code: Exit.checkFalse,
    report: { clean: false, core: { difference: { what: 'chain over the recorded rows' } } },
  })
})

test('a ledger that is none is exit code 65, and no ledger at all is 3', async () => {
  const place = world(tempFolder(), [], [])
  await expect(verify(place)).rejects.toMatchObject({ code: Exit.notRunning })
  mkdirSync(place.paths.data, { recursive: true })
  writeFileSync(place.paths.ledger, 'garbage'.repeat(1_000))
  await expect(verify(place)).rejects.toMatchObject({ code: Exit.corrupt })
})

test('an unknown flag is refused', async () => {
  await expect(main(['--verfy'])).rejects.toThrow(/verfy/)
})

test('what-if tells both sides and their difference, after it has shown that nothing changed is as recorded', async () => {
  const place = await instance()
  const { code, text } = await ask(place, '--without', 'positionSize', '--set', 'risk.positionFraction=0.01')
  expect(code).toBe(Exit.done)
  expect(text).toContain('what if without positionSize, risk.positionFraction = 0.01')
  expect(text).toContain('as recorded: same')
  expect(text).toMatch(/closed trades +\d+ +\d+ +[+-]?\d+/)
  expect(text).not.toContain('NaN')
})

test('what-if is data too: money as decimal text, and the first decisions that differ', async () => {
  const { text } = await ask(await instance(), '--set', 'risk.positionFraction=0.01', '--json')
  const answer = JSON.parse(text)
  expect(answer).toMatchObject({
    changes: { without: [], set: [{ path: 'risk.positionFraction', value: 0.01 }] },
    broken: null,
    asRecorded: { same: true, fact: null, trade: null },
    recorded: { net: expect.stringMatching(/^-?\d+\.\d{6}$/) },
    difference: { fees: expect.stringMatching(/^-\d+\.\d{6}$/), signals: 0 },
  })
  expect(answer.decisions.first.length).toBeGreaterThan(0)
})

test('what-if on a ledger that was changed says so, and is exit code 1', async () => {
  const place = await instance()
  const database = new DatabaseSync(place.paths.ledger)
  database.exec("UPDATE events SET body = json_set(body, '$.at', 1) WHERE sequence = 5")
  database.close()
  const { code, text } = await ask(place, '--set', 'risk.positionFraction=0.01')
  expect(code).toBe(Exit.checkFalse)
  expect(text).toContain('the record itself cannot be decided again')
})

test.each([
  ['--without', 'duplicat', 'duplicate'],
  ['--set', 'risk.positionFracton=1', 'risk.positionFraction'],
])('%s %s is wrong usage and names what was meant', async (flag, value, meant) => {
  await expect(main([flag, value])).rejects.toMatchObject({ code: Exit.usage, message: expect.stringContaining(meant) })
})

test('verify and what-if at once is wrong usage', async () => {
  await expect(main(['--verify', '--without', 'mode'])).rejects.toMatchObject({ code: Exit.usage })
})
