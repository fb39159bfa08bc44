import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { acquire } from '../../engine/supervisor/singleton.ts'
import { tempFolder } from '../helpers/temp.ts'

const locker = fileURLToPath(new URL('../helpers/locker.ts', import.meta.url))

const self = { pid: 1, startedAt: 2, home: '/home', instance: 'default' }

/** A process that takes the lock, says what came of it, and holds it until it is killed. */
const contend = async (path: string): Promise<{ process: ChildProcess; outcome: string }> => {
  const child = spawn(process.execPath, [locker, path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const outcome = await new Promise<string>((resolve) => child.once('message', (message) => resolve(String(message))))
  return { process: child, outcome }
}

const gone = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => (child.signalCode !== null ? resolve() : child.once('exit', () => resolve())))

test('of ten that start at once, one holds the lock', async () => {
  const path = join(tempFolder(), 'locks', 'x.lock')
  const all = await Promise.all(Array.from({ length: 10 }, () => contend(path)))
  expect(all.filter(({ outcome }) => outcome === 'held')).toHaveLength(1)
  expect(all.filter(({ outcome }) => outcome === 'lost')).toHaveLength(9)
})

test('the kernel frees it when the holder is killed, and the next one has it at once', async () => {
  const path = join(tempFolder(), 'x.lock')
  const first = await contend(path)
  expect(first.outcome).toBe('held')
  first.process.kill('SIGKILL')
  await gone(first.process)
  expect((await contend(path)).outcome).toBe('held')
})

test('the loser learns who holds it; letting go frees it', () => {
  const path = join(tempFolder(), 'deep', 'x.lock')
  const held = acquire(path, self)
  expect(held.kind).toBe('held')
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  if (held.kind === 'held') held.lock.release()
  const again = acquire(path, self)
  expect(again.kind).toBe('held')
  if (again.kind === 'held') again.lock.release()
})

test('a lock whose file is deleted, moved away or replaced is not held any more, and its end takes nothing from the next holder', () => {
  for (const take of [
    (path: string): void => rmSync(path),
    (path: string): void => renameSync(path, `${path}.old`),
    (path: string): void => {
      rmSync(path)
      writeFileSync(path, '')
    },
  ]) {
    const path = join(tempFolder(), 'x.lock')
    const first = acquire(path, self)
    if (first.kind !== 'held') throw new Error('not held')
    expect(first.lock.isHeld()).toBe(true)
    take(path)
    expect(first.lock.isHeld()).toBe(false)
    const second = acquire(path, self)
    if (second.kind !== 'held') throw new Error('the second one found the lock of the first')
    expect([first.lock.isHeld(), second.lock.isHeld()]).toEqual([false, true])
    first.lock.release()
    expect(existsSync(`${path}.json`)).toBe(true)
    second.lock.release()
    expect(existsSync(`${path}.json`)).toBe(false)
  }
})
