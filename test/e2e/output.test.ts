import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { bin, type Place, place } from './engine.ts'

type Output = 'unread' | 'full'

/** Runs it with both outputs on a pipe that nobody reads any more, or with the standard one on a device that takes nothing. */
const runInto = async (at: Place, args: readonly string[], output: Output) => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const child = spawn(process.execPath, [bin, ...args], { cwd: at.folder, env: at.env, stdio: ['ignore', output === 'full' ? full : 'pipe', 'pipe'] })
  let err = ''
  if (output === 'unread') {
    child.stdout?.destroy()
    child.stderr?.destroy()
  } else child.stderr?.on('data', (chunk: Buffer) => (err += String(chunk)))
  const [code] = await once(child, 'close')
  return { code, err }
}

test('a restart whose messages nobody reads is not left at its half', async () => {
  const at = place()
  await at.run(['start'])
  const before = at.pid()
  expect((await runInto(at, ['restart'], 'unread')).code).toBe(Exit.done)
  const { engine } = await at.status()
  expect(engine.state).toBe('running')
  expect(at.pid()).not.toBe(before)
})

test('a restart whose line drops is not left at its half', async () => {
  const at = place()
  await at.run(['start'])
  const before = at.pid()
  const child = spawn(process.execPath, [bin, 'restart'], { cwd: at.folder, env: at.env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr?.once('data', () => child.kill('SIGHUP')) // it says that the engine is draining
  const [code] = await once(child, 'close')
  expect(code).toBe(Exit.done)
  expect((await at.status()).engine.state).toBe('running')
  expect(at.pid()).not.toBe(before)
})

describe('on a device that takes nothing', () => {
  test.each(['--version', 'config show', 'config show --json', 'guards'])('%s is an error in one line', async (line) => {
    const at = place()
    await at.run(['start'])
    await at.run(['stop'])
    const { code, err } = await runInto(at, line.split(' '), 'full')
    expect([code, err]).toEqual([Exit.internal, 'aegis-console: standard output: ENOSPC: no space left on device, write\n'])
  })

  test('what is followed ends', async () => {
    const at = place()
    await at.run(['start'])
    expect((await runInto(at, ['logs', '--follow'], 'full')).code).toBe(Exit.internal)
  })

  test('a check that is false stays one', async () => {
    const at = place()
    await at.run(['start'])
    await at.run(['halt', '--yes', '--reason', 'a test'])
    expect((await runInto(at, ['status', '--check'], 'full')).code).toBe(Exit.checkFalse)
  })
})

test('a reader that leaves early leaves the exit code as it is', async () => {
  const at = place()
  await at.run(['start'])
  expect((await runInto(at, ['status'], 'unread')).code).toBe(Exit.done)
  expect((await runInto(at, ['logs', '--follow'], 'unread')).code).toBe(Exit.done)
  await at.run(['halt', '--yes', '--reason', 'a test'])
  expect((await runInto(at, ['status', '--check'], 'unread')).code).toBe(Exit.checkFalse)
})
