import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { lockFolder, socketPath } from '../../src/home.ts'
import { contextOf } from '../../tui/commands/context.ts'
import { consoleSettings, engine, settings } from '../../tui/commands/doctor/instance.ts'
import { locale, node, platform, sharedMemory, space, sqlite, terminal, watches } from '../../tui/commands/doctor/machine.ts'
import { folders, locks, sockets, sources } from '../../tui/commands/doctor/places.ts'
import { systemTerminal } from '../../tui/commands/terminal.ts'
import { commandLine } from '../helpers/command-line.ts'

const system = systemTerminal()

const disk = (bytes: number) => () => ({ bavail: bytes / 4_096, bsize: 4_096 })
const limits = (instances: number, files: number) => (path: string) => `${path.endsWith('instances') ? instances : files}\n`

describe('each look can fail', () => {
  test.each([
    { says: 'an old Node', good: node('24.0.0'), bad: node('22.19.0'), verdict: 'FAIL' },
    { says: 'an unknown system', good: platform('linux', 'x64'), bad: platform('sunos', 'x64'), verdict: 'FAIL' },
    { says: 'a processor nobody tried', good: platform('linux', 'x64'), bad: platform('linux', 'mips'), verdict: 'WARN' },
    { says: 'a Mac', good: platform('linux', 'arm64'), bad: platform('darwin', 'arm64'), verdict: 'WARN' },
    { says: 'Windows', good: platform('linux', 'arm64'), bad: platform('win32', 'x64'), verdict: 'WARN' },
    { says: 'an old SQLite', good: sqlite('3.51.3'), bad: sqlite('3.51.2'), verdict: 'FAIL' },
    { says: 'a very old SQLite', good: sqlite('4.0.0'), bad: sqlite('3.9.9'), verdict: 'FAIL' },
    { says: 'no SQLite', good: sqlite('3.53.4'), bad: sqlite(undefined), verdict: 'FAIL' },
    { says: 'a terminal without a name', good: terminal(true, 'xterm'), bad: terminal(true, undefined), verdict: 'WARN' },
    { says: 'a dumb terminal', good: terminal(false, undefined), bad: terminal(false, 'dumb'), verdict: 'WARN' },
    { says: 'a locale without Unicode', good: locale({ LANG: 'de_DE.utf8' }), bad: locale({ LANG: 'de_DE.utf8', LC_ALL: 'C' }), verdict: 'WARN' },
    { says: 'hardly any room', good: space('/', disk(2e9)), bad: space('/', disk(5e7)), verdict: 'FAIL' },
    { says: 'little room', good: space('/nowhere/yet'), bad: space('/', disk(5e8)), verdict: 'WARN' },
    { says: 'few watchers', good: watches('linux', limits(128, 65_536)), bad: watches('linux', limits(8, 65_536)), verdict: 'WARN' },
    { says: 'few watched files', good: watches('darwin'), bad: watches('linux', limits(128, 100)), verdict: 'WARN' },
  ])('$says', ({ good, bad, verdict }) => {
    expect([good.verdict, bad.verdict]).toEqual(['PASS', verdict])
  })

  test.each([
    {
      says: 'no library',
      finding: sharedMemory('linux', "require('no-such-library')"),
      reason: "Cannot find module 'no-such-library'",
      verdict: 'FAIL',
    },
    {
      says: 'a library that crashes',
      finding: sharedMemory('linux', 'process.kill(process.pid, "SIGSEGV")'),
      reason: 'ended with SIGSEGV',
      verdict: 'FAIL',
    },
    { says: 'another system, where the console works', finding: sharedMemory('darwin'), reason: 'only on Linux', verdict: 'WARN' },
  ])('shared memory: $says', ({ finding, reason, verdict }) => {
    expect(finding).toMatchObject({ verdict, says: expect.stringContaining(reason) })
    expect(finding.says).toContain('an engine refuses to start')
  })

  test.skipIf(process.platform !== 'linux')('shared memory: it is there on Linux', () => {
    expect(sharedMemory('linux').verdict).toBe('PASS')
  })

  test('folders: open to others, a file in the way, or not there yet', () => {
    const { folder } = commandLine()
    const place = join(folder, 'place')
    expect(folders([place]).verdict).toBe('PASS')
    mkdirSync(place, { mode: 0o700 })
    expect(folders([place]).verdict).toBe('PASS')
    symlinkSync(place, join(folder, 'link'))
    expect(folders([join(folder, 'link')]).verdict).toBe('PASS')
    chmodSync(place, 0o755)
    expect(folders([place])).toMatchObject({ verdict: 'WARN', says: expect.stringContaining('0755') })
    writeFileSync(join(folder, 'file'), '')
    expect(folders([join(folder, 'file')]).verdict).toBe('FAIL')
  })

  test('console settings: wrong, or with a name that means nothing', async () => {
    const { env, folder, write } = commandLine()
    const context = contextOf({ ...system, env }, {})
    const look = async (text: string) => {
      write(join(folder, '.config', 'aegis', 'console.json'), [text])
      return await consoleSettings(context)
    }
    expect(await consoleSettings(context)).toMatchObject({ verdict: 'PASS', says: 'defaults' })
    expect(await look('{ "fps": 2 }')).toMatchObject({ verdict: 'PASS', says: expect.stringContaining('console.json') })
    expect(await look('{ "fsp": 2 }')).toMatchObject({ verdict: 'WARN', says: expect.stringContaining('did you mean fps?') })
    expect(await look('{ "fps": 99 }')).toMatchObject({ verdict: 'FAIL', says: expect.stringContaining('1:10 fps') })
  })

  test('sources: one that an engine had made is gone', () => {
    const { paths, write } = commandLine()
    expect(sources(paths)).toMatchObject({ verdict: 'PASS' })
    for (const path of [paths.auditHeads, paths.audit, paths.ledger, join(paths.logs, 'supervisor.jsonl')]) write(path, [])
    expect(sources(paths)).toMatchObject({
      verdict: 'WARN',
      says: `source missing: ${paths.streams}`,
      remedy: expect.stringContaining('from the ledger'),
    })
    mkdirSync(paths.trades, { recursive: true })
    for (const name of ['signal_bus', 'signal_decisions', 'shadow_trade_outcomes', 'cycles']) write(join(paths.streams, `${name}.jsonl`), [])
    expect(sources(paths)).toMatchObject({ verdict: 'PASS' })
    rmSync(paths.logs, { recursive: true })
    expect(sources(paths)).toMatchObject({ verdict: 'WARN', says: `source missing: ${paths.logs}` })
    rmSync(paths.audit)
    expect(sources(paths)).toMatchObject({ verdict: 'FAIL', says: `source missing: ${paths.audit}` })
  })

  test('sockets: a path too long, a folder open to others', () => {
    const { env, paths } = commandLine()
    expect(sockets(env, paths.home, 'default').verdict).toBe('PASS')
    expect(sockets({ ...env, XDG_RUNTIME_DIR: `/tmp/${'x'.repeat(90)}` }, paths.home, 'default')).toMatchObject({
      verdict: 'FAIL',
      says: expect.stringContaining('104'),
    })
    mkdirSync(dirname(socketPath(env, paths.home, 'default', 'operator')), { recursive: true, mode: 0o755 })
    expect(sockets(env, paths.home, 'default').verdict).toBe('WARN')
  })

  test('locks: on a file system of the network, where another host sees no lock', () => {
    const { env } = commandLine()
    expect(locks(env).verdict).toBe('PASS')
    mkdirSync(lockFolder(env), { recursive: true, mode: 0o700 })
    expect(locks(env, () => 0xef53).verdict).toBe('PASS')
    expect(locks(env, () => 0x6969)).toMatchObject({ verdict: 'WARN', says: expect.stringContaining('NFS') })
  })

  const contextFor = (env: Record<string, string>) => contextOf({ ...system, env }, {})

  test('settings: wrong ones, doubtful ones', async () => {
    const { env } = commandLine()
    expect((await settings(contextFor(env))).verdict).toBe('PASS')
    expect((await settings(contextFor({ ...env, AEGIS_MOD: 'x' }))).verdict).toBe('WARN')
    expect((await settings(contextFor({ ...env, AEGIS_MODE: 'x' }))).verdict).toBe('FAIL')
  })

  test('engine: one that runs and does not answer is worse than none', async () => {
    const { env, paths, write, engine: serve } = commandLine()
    expect((await engine(contextFor(env))).verdict).toBe('PASS')
    write(paths.pid, ['4194304|2026-01-31T00:00:00Z'])
    expect((await engine(contextFor(env))).verdict).toBe('PASS')
    write(paths.pid, [`${process.pid}|2026-01-31T00:00:00Z`])
    expect((await engine(contextFor(env))).verdict).toBe('FAIL')
    await serve({}, { now: Date.now() })
    expect(await engine(contextFor(env))).toMatchObject({ verdict: 'PASS', says: expect.stringContaining('you are operator') })
  })

  test.each([
    { says: '2h00m ahead of', aheadMs: 7_205_000 },
    { says: '2h00m behind', aheadMs: -7_205_000 },
  ])('engine: a clock that is $says ours', async ({ says, aheadMs }) => {
    const { env, engine: serve } = commandLine()
    await serve({}, { now: Date.now() + aheadMs })
    expect(await engine(contextFor(env))).toMatchObject({ verdict: 'WARN', says: expect.stringContaining(`its clock is ${says}`) })
  })

  test('engine: another protocol', async () => {
    const { env, engine: serve } = commandLine()
    await serve({ hello: () => ({ result: { protocol: 99, instance: 'default', pid: 1 } }) })
    expect((await engine(contextFor(env))).verdict).toBe('FAIL')
  })
})

describe('the exit code is the worst that was found', () => {
  test('2 where something works badly', async () => {
    const { run, env } = commandLine()
    env.LANG = 'C'
    const { code, out, err } = await run('doctor')
    expect([code, out, err]).toEqual([Exit.warn, expect.stringMatching(/WARN +locale/), expect.stringContaining('export LANG=C.UTF-8')])
  })

  test('1 where something will not work', async () => {
    const { run, env } = commandLine()
    env.AEGIS_MODE = 'yolo'
    const { code, json } = await run('doctor --json')
    expect(code).toBe(Exit.checkFalse)
    expect(json()).toMatchObject({ findings: expect.arrayContaining([expect.objectContaining({ probe: 'settings', verdict: 'FAIL' })]) })
  })
})
