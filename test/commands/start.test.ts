import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Exit, ExitError } from '../../src/exit.ts'
import { contextOf } from '../../tui/commands/context.ts'
import { launch, makeFolders, prepare } from '../../tui/commands/launch.ts'
import { processStart } from '../../tui/commands/process-start.ts'
import { systemTerminal } from '../../tui/commands/terminal.ts'
import { commandLine } from '../helpers/command-line.ts'

const engineScript = fileURLToPath(new URL('../helpers/fake-engine.mjs', import.meta.url))

/** The command line with a stand-in for the engine that does one thing. */
const withEngine = (does: string) => {
  const line = commandLine()
  Object.assign(line.env, { FAKE_ENGINE: does, PATH: process.env.PATH })
  return { ...line, start: (flags: string) => line.run(`start ${flags}`.trim(), { engineScript }) }
}

const killAtEnd = (pid: number): void =>
  onTestFinished(() => {
    if (processStart(pid) !== null) process.kill(pid, 'SIGKILL')
  })

test('a ready engine is told in one line, with what is degraded on standard error and inert', async () => {
  const { start } = withEngine('ready')
  const { code, out, err } = await start('')
  expect([code, out]).toEqual([
    Exit.done,
    expect.stringMatching(/^engine default started: pid \d+, mode simulate \(default\), since 1970-01-01T00:00:00.000Z\n$/),
  ])
  expect(err).toBe('degraded: the brain \\x1b[31mis slow\n')
})

test('it gets the instance, an absolute home and absolute files, runs in / and its folders are ours alone', async () => {
  const { start, folder, paths } = withEngine('ready')
  writeFileSync(join(folder, 'BTCUSD.csv'), 't,open,high,low,close,volume\n')
  await start('--feed replay:BTCUSD.csv --speed 3 --json')
  const saw = JSON.parse(readFileSync(join(paths.logs, 'supervisor.out'), 'utf8'))
  expect(saw.argv).toEqual([
    'supervise',
    '--instance',
    'default',
    '--home',
    paths.home,
    '--overrides',
    JSON.stringify({ feed: `replay:${join(folder, 'BTCUSD.csv')}`, speed: '3' }),
  ])
  expect(saw.cwd).toBe('/')
  for (const made of [paths.home, paths.root, paths.logs]) expect(statSync(made).mode & 0o777).toBe(0o700)
})

test('a relative file in AEGIS_FEED is made absolute for it as well', async () => {
  const { start, folder, paths, env } = withEngine('ready')
  writeFileSync(join(folder, 'BTCUSD.csv'), 't,open,high,low,close,volume\n')
  env.AEGIS_FEED = 'replay:BTCUSD.csv'
  expect((await start('')).code).toBe(Exit.done)
  expect(JSON.parse(readFileSync(join(paths.logs, 'supervisor.out'), 'utf8')).feed).toBe(`replay:${join(folder, 'BTCUSD.csv')}`)
})

test('an engine that is taken is exit 75, with its own words', async () => {
  const { start } = withEngine('taken')
  const { code, out, err } = await start('--json')
  expect(code).toBe(Exit.alreadyRunning)
  expect(err).toContain('is traded by process 4242')
  expect(JSON.parse(out)).toEqual({
    error: { code: 75, type: 'alreadyRunning', message: expect.stringContaining('process 4242'), remedy: 'attach to it' },
  })
})

test('an engine that dies before it is ready is its exit code, with its last words', async () => {
  const { start } = withEngine('dies')
  const { code, err } = await start('')
  expect([code, err]).toEqual([Exit.corrupt, expect.stringContaining('Error: the ledger is corrupt')])
})

test('an end with a code that means nothing is an internal error', async () => {
  expect((await withEngine('').start('')).code).toBe(Exit.internal)
})

test('a report that is none is an internal error', async () => {
  expect((await withEngine('strange').start('')).code).toBe(Exit.internal)
})

test('an engine that says nothing in time is left alone, and the result is unknown: exit 5', async () => {
  const { env, folder, paths } = withEngine('silent')
  const context = contextOf({ ...systemTerminal(), env, folder, engineScript }, {})
  makeFolders(context)
  const failure = await launch(context, prepare(context, {}), 300).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ExitError)
  expect(failure).toMatchObject({ code: Exit.unknown, message: expect.stringContaining('said nothing within 0.3 s') })
  const pid = Number(/pid (\d+)/.exec((failure as ExitError).message)?.[1])
  killAtEnd(pid)
  expect(processStart(pid)).not.toBeNull()
  expect(existsSync(join(paths.logs, 'supervisor.out'))).toBe(true)
})

test('it is in a session of its own and stays when the shell goes', async () => {
  const { start } = withEngine('stays')
  const { out } = await start('--json')
  const { pid } = JSON.parse(out)
  killAtEnd(pid)
  const session = (of: number | 'self'): string | undefined => readFileSync(`/proc/${of}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]
  expect(session(pid)).toBe(String(pid))
  expect(session('self')).not.toBe(String(pid))
})

test('wrong settings show before anything is made', async () => {
  const { start, paths } = withEngine('ready')
  expect((await start('--feed replay:gone.csv')).code).toBe(Exit.configuration)
  expect((await start('--mode live')).code).toBe(Exit.gateClosed)
  expect(existsSync(paths.home)).toBe(false)
})

test('restart starts with the flags of the last start, and with those given now over them', async () => {
  const { start, run, folder, paths } = withEngine('ready')
  writeFileSync(join(folder, 'BTCUSD.csv'), 't,open,high,low,close,volume\n')
  await start('--feed replay:BTCUSD.csv --speed 3')
  expect((await run('restart --speed max', { engineScript })).code).toBe(Exit.done)
  const [, second] = readFileSync(join(paths.logs, 'supervisor.out'), 'utf8').trim().split('\n')
  expect(JSON.parse(JSON.parse(second ?? '').argv[6])).toEqual({ feed: `replay:${join(folder, 'BTCUSD.csv')}`, speed: 'max' })
})

/** The command line in a process of its own, because it becomes another program. */
const inProcess = async (argv: string[], env: Record<string, string>) => {
  const [main, terminal] = ['main', 'terminal'].map((name) => fileURLToPath(new URL(`../../tui/commands/${name}.ts`, import.meta.url)))
  const driver = `
    const { main } = await import(${JSON.stringify(main)})
    const { systemTerminal } = await import(${JSON.stringify(terminal)})
    process.exitCode = await main(${JSON.stringify(argv)}, { ...systemTerminal(), engineScript: ${JSON.stringify(engineScript)} })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', driver], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code, signal] = await once(child, 'close')
  return { pid: child.pid, code, signal, out, err }
}

test('--foreground becomes the engine: the same process, no descriptor to report on, its exit code', async () => {
  const { env, paths } = withEngine('')
  const { pid, code, out, err } = await inProcess(['start', '--foreground', '--seed', '3'], { ...env, AEGIS_READY_FD: '9' })
  expect([code, err]).toEqual([1, ''])
  expect(JSON.parse(out)).toMatchObject({
    pid,
    readyFd: null,
    argv: ['supervise', '--instance', 'default', '--home', paths.home, '--overrides', '{"seed":"3"}', '--foreground'],
  })
})

test('--foreground with wrong settings does not become anything', async () => {
  const { env } = withEngine('')
  expect(await inProcess(['start', '--foreground', '--mode', 'live'], env)).toMatchObject({ code: Exit.gateClosed, out: '' })
})

test('replay passes on what it does not know, and the exit code back', async () => {
  const { env, paths } = withEngine('dies')
  expect(await inProcess(['replay', '--verify', '--from', '3'], env)).toMatchObject({ code: Exit.corrupt })
  const { out } = await inProcess(['replay', '--verify', '--from', '3', '--json'], { ...env, FAKE_ENGINE: '' })
  expect(JSON.parse(out).argv).toEqual(['replay', '--instance', 'default', '--home', paths.home, '--verify', '--json', '--from', '3'])
})
