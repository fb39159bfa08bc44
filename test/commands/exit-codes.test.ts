import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { RpcError } from '../../src/contracts/protocol.ts'
import { Exit } from '../../src/exit.ts'
import { type CommandLine, commandLine, type Ran } from '../helpers/command-line.ts'
import { snapshot } from '../helpers/snapshot.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const engineScript = join(root, 'test', 'helpers', 'fake-engine.mjs')

type Shown = { readonly says: string; readonly run: (line: CommandLine) => Promise<Ran> }
/** Codes with which an engine ends long after its start; real processes show them. */
type Elsewhere = { readonly in: string; readonly test: string }

const healthy = { status: () => ({ result: snapshot() }) }
const answering =
  (handlers: Parameters<CommandLine['engine']>[0], command: string): Shown['run'] =>
  async ({ run, engine }) => {
    await engine(handlers)
    return await run(command)
  }
const fakeStart =
  (does: string): Shown['run'] =>
  async ({ run, env }) => {
    Object.assign(env, { FAKE_ENGINE: does, PATH: process.env.PATH })
    return await run('start', { engineScript })
  }

/** How each code comes about. A code that nobody shows does not compile. */
const CODES: Readonly<Record<keyof typeof Exit, Shown | Elsewhere>> = {
  done: { says: 'what was asked for was done', run: answering(healthy, 'status') },
  checkFalse: {
    says: 'an engine that is paused is not healthy',
    run: answering({ status: () => ({ result: snapshot({ engine: { ...snapshot().engine, state: 'paused' } }) }) }, 'status --check'),
  },
  warn: {
    says: 'a locale without UTF-8 works badly',
    run: async ({ run, env }) => {
      env.LANG = 'C'
      return await run('doctor')
    },
  },
  notRunning: { says: 'no engine runs', run: async ({ run }) => await run('status') },
  refused: { says: 'nobody says why', run: answering(healthy, 'pause') },
  unknown: { says: 'the engine hangs up twice', run: answering({ command: () => 'hangUp' }, 'pause --reason x') },
  protocol: {
    says: 'the engine speaks another protocol',
    run: answering({ hello: () => ({ error: { code: RpcError.protocol, message: 'this engine speaks protocol 9' } }) }, 'status'),
  },
  usage: { says: 'there is no such command', run: async ({ run }) => await run('statu') },
  corrupt: {
    says: 'the last snapshot is none',
    run: async ({ run, write, paths }) => {
      write(paths.snapshot, ['{'])
      return await run('status')
    },
  },
  internal: {
    says: 'the console fails',
    run: async ({ run, engine }) => {
      await engine(healthy)
      const newId = (): string => {
        throw new TypeError('a fault for the test')
      }
      return await run('pause --reason x', { newId })
    },
  },
  childDied: { in: 'test/e2e/lifecycle.test.ts', test: 'where a death shall end the engine, it exits 71, and 72 once that is a storm' },
  restartStorm: { in: 'test/e2e/lifecycle.test.ts', test: 'where a death shall end the engine, it exits 71, and 72 once that is a storm' },
  alreadyRunning: { says: 'another engine trades the account', run: fakeStart('taken') },
  gateClosed: { says: 'real money is asked for', run: async ({ run }) => await run('start --mode live') },
  configuration: {
    says: 'the settings do not fit',
    run: async ({ run, paths, write }) => {
      write(paths.config, ['{ "mods": 1 }'])
      return await run('start')
    },
  },
}

const names = Object.keys(CODES) as (keyof typeof Exit)[]

test.each(names)('%s', async (name) => {
  const shown = CODES[name]
  if ('in' in shown) {
    expect(readFileSync(join(root, shown.in), 'utf8')).toContain(`test('${shown.test}'`)
    return
  }
  const { code, err } = await shown.run(commandLine())
  expect([shown.says, code]).toEqual([shown.says, Exit[name]])
  // Whoever is not told 0 is told why.
  expect(err === '').toBe(code === Exit.done)
})

test.each(names.filter((name) => 'run' in CODES[name] && !['done', 'checkFalse', 'warn', 'notRunning'].includes(name)))(
  '%s is told to a program as its own type',
  async (name) => {
    const shown = CODES[name]
    if (!('run' in shown)) return
    const line = commandLine()
    const { out } = await shown.run({ ...line, run: async (words, over) => await line.run(`${words} --json`.split(' '), over) })
    const said = JSON.parse(out)
    if (name === 'unknown') expect(said).toMatchObject({ outcome: 'unknown' })
    else expect(said.error).toMatchObject({ code: Exit[name], type: name })
  },
)

test('the README has these codes and no other', () => {
  const [, table = ''] = /## Exit codes\n\n([\s\S]*?)\n\n/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  const told = [...table.matchAll(/^\| ([\d /]+) \|/gm)].flatMap(([, codes = '']) => codes.split('/').map(Number))
  expect(told.sort((a, b) => a - b)).toEqual([...Object.values(Exit)].sort((a, b) => a - b))
})
