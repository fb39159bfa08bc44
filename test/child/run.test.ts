import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { FromChild, ToChild } from '../../engine/supervisor/messages.ts'
import { processIdentity } from '../../engine/supervisor/process-identity.ts'
import { instancePaths } from '../../src/home.ts'
import { bootFor, scriptedParent, spawnScripted } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A scripted child, what it says, and how it ends. */
const begin = (script: string) => {
  const home = tempFolder()
  const paths = instancePaths(home, 'default')
  const { child, close } = spawnScripted('brain')
  const heard: FromChild[] = []
  const listeners = new Set<() => void>()
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.on('message', (message: FromChild) => {
    heard.push(message)
    for (const listener of listeners) listener()
  })
  // Not `close`, which never comes where we ended the channel ourselves.
  const ended = Promise.all([once(child, 'exit'), new Promise((resolve) => child.stderr?.once('close', resolve))]).then(
    ([[code, signal]]): End => ({ code, signal }),
  )
  const says = (kind: FromChild['kind']): Promise<FromChild> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = heard.find((message) => message.kind === kind)
        if (found === undefined) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      look()
    })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    close()
  })
  child.send(bootFor(home, script))
  const logged = (): string => readFileSync(join(paths.logs, 'brain.jsonl'), 'utf8')
  const drained = (): string | null => {
    const path = join(paths.state, 'drained-brain')
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }
  return { child, heard, says, ended, drained, logged, stderr: () => stderr, tell: (message: ToChild) => child.send(message) }
}

test('a child boots, answers, drains when asked, and leaves with 0', async () => {
  const { says, tell, ended, heard, drained } = begin('works')
  await says('ready')
  tell({ kind: 'sibling', name: 'feed', state: 'ready' })
  await says('view')
  tell({ kind: 'drain', deadlineMs: 5_000 })
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(drained()).toBe('asked')
  expect(heard.at(-1)).toEqual({ kind: 'drained' })
})

test('what it is told before it is ready reaches it afterwards', async () => {
  const { says, tell } = begin('works')
  tell({ kind: 'sibling', name: 'feed', state: 'failed' })
  expect(await says('view')).toMatchObject({ changes: { equity: expect.stringContaining('failed') } })
})

test('one that does not drain in time leaves all the same, and not with 0', async () => {
  const { says, tell, ended, drained, logged } = begin('never drains')
  await says('ready')
  tell({ kind: 'drain', deadlineMs: 50 })
  expect(await ended).toEqual({ code: 70, signal: null })
  expect(drained()).toBe('asked')
  expect(logged()).toContain('not drained in time')
})

test('one SIGTERM drains, a second one ends at once', async () => {
  const once_ = begin('works')
  await once_.says('ready')
  once_.child.kill('SIGTERM')
  expect(await once_.ended).toEqual({ code: 0, signal: null })
  expect(once_.drained()).toBe('asked')

  const twice = begin('never drains')
  await twice.says('ready')
  twice.child.kill('SIGTERM')
  while (twice.drained() === null) await pause(5) // the file is the only sign of it
  twice.child.kill('SIGTERM')
  expect(await twice.ended).toEqual({ code: 70, signal: null })
})

test("a terminal's interrupt and its closing are not its business", async () => {
  const { child, says, tell, ended } = begin('works')
  await says('ready')
  child.kill('SIGINT')
  child.kill('SIGHUP')
  tell({ kind: 'sibling', name: 'feed', state: 'ready' })
  await says('view')
  tell({ kind: 'drain', deadlineMs: 5_000 })
  expect(await ended).toEqual({ code: 0, signal: null })
})

test('an end of the channel is an order to leave', async () => {
  const { child, says, ended, drained } = begin('works')
  await says('ready')
  child.disconnect()
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(drained()).toBe('orphaned')
})

test.each([
  { script: 'throws', reason: 'a fault at the start' },
  { script: 'throws later', reason: 'a fault in the middle' },
])('a fault ($reason) is logged and ends it with 70', async ({ script, reason }) => {
  const { ended, heard, logged, stderr } = begin(script)
  expect(await ended).toEqual({ code: 70, signal: null })
  expect(heard.map(({ kind }) => kind)).not.toContain('fatal')
  expect(logged()).toContain(reason)
  expect(stderr()).toContain(reason)
})

test('a fault while draining is not an end in order', async () => {
  const { says, tell, ended } = begin('breaks while draining')
  await says('ready')
  tell({ kind: 'drain', deadlineMs: 5_000 })
  expect(await ended).toEqual({ code: 70, signal: null })
})

test('an expected refusal is told with its code, message and remedy', async () => {
  const { ended, heard } = begin('refuses')
  expect(await ended).toEqual({ code: 78, signal: null })
  expect(heard).toEqual([{ kind: 'fatal', code: 78, message: 'no such symbol; name another' }])
})

/** Starts a parent with one child and waits until the child is ready. */
const family = async (script: string) => {
  const home = tempFolder()
  const parent = spawn(process.execPath, [scriptedParent, home, script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(Number(message))))
  onTestFinished(() => {
    parent.kill('SIGKILL')
    if (processIdentity(pid) !== null) process.kill(pid, 'SIGKILL')
  })
  return { parent, pid, drained: join(instancePaths(home, 'default').state, 'drained-brain') }
}

const kill = async (parent: ChildProcess): Promise<void> => {
  const exit = once(parent, 'exit')
  parent.kill('SIGKILL')
  await exit
}

/** It is not our child, so there is no event for its end. */
const goneWithin = async (pid: number, ms: number): Promise<boolean> => {
  const deadline = performance.now() + ms
  while (processIdentity(pid) !== null) {
    if (performance.now() > deadline) return false
    await pause(5)
  }
  return true
}

test('an orphan notices within a second, drains and leaves', async () => {
  const { parent, pid, drained } = await family('works')
  await kill(parent)
  expect(await goneWithin(pid, 1_000)).toBe(true)
  expect(readFileSync(drained, 'utf8')).toBe('orphaned')
})

test('one that is orphaned between its ready and the end of its beginning drains all the same', async () => {
  const { parent, pid, drained } = await family('begins late')
  await kill(parent)
  expect(await goneWithin(pid, 2_000)).toBe(true)
  expect(readFileSync(drained, 'utf8')).toBe('orphaned')
})
