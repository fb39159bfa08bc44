import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endLeftOvers, rememberChildren } from '../../engine/supervisor/left-over.ts'
import { processIdentity } from '../../engine/supervisor/process-identity.ts'
import { systemClock } from '../../src/clock.ts'
import { tempFolder } from '../helpers/temp.ts'

/** A process that leaves by itself after so long, or never. */
const sleeper = async (seconds: number): Promise<{ process: ChildProcess; pid: number }> => {
  const child = spawn('sleep', [String(seconds)], { stdio: 'ignore' })
  onTestFinished(async () => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
    child.kill('SIGKILL')
    await gone
  })
  await once(child, 'spawn')
  return { process: child, pid: child.pid ?? 0 }
}

const listFile = (): string => join(tempFolder(), 'children.json')

test('nobody is waited for where nobody is left', async () => {
  const path = listFile()
  expect(await endLeftOvers(path, systemClock)).toEqual([])
  rememberChildren(path, [{ name: 'feed', pid: 999_999_999 }])
  expect(await endLeftOvers(path, systemClock)).toEqual([])
  writeFileSync(path, 'no JSON')
  expect(await endLeftOvers(path, systemClock)).toEqual([])
})

test('one that is about to leave may do so', async () => {
  const path = listFile()
  const { process: child, pid } = await sleeper(0.2)
  rememberChildren(path, [{ name: 'orchestrator', pid }])
  const exit = once(child, 'exit')
  expect(await endLeftOvers(path, systemClock)).toEqual([expect.stringMatching(`^orchestrator \\(pid ${pid}\\) of the engine before left by itself`)])
  expect(await exit).toEqual([0, null])
})

test('one that hangs is killed after its time', async () => {
  const path = listFile()
  const { process: child, pid } = await sleeper(1_000)
  process.kill(pid, 'SIGSTOP')
  rememberChildren(path, [{ name: 'feed', pid }])
  const exit = once(child, 'exit')
  expect(await endLeftOvers(path, systemClock, 50)).toEqual([expect.stringContaining('was killed')])
  expect(await exit).toEqual([null, 'SIGKILL'])
})

test('another process that got the pid is left alone', async () => {
  const path = listFile()
  const { pid } = await sleeper(1_000)
  const identity = processIdentity(pid)
  writeFileSync(path, JSON.stringify([{ name: 'feed', pid, ...identity, startTicks: '1' }]))
  expect(await endLeftOvers(path, systemClock, 50)).toEqual([])
  writeFileSync(path, JSON.stringify([{ name: 'feed', pid, ...identity, bootId: 'another boot' }]))
  expect(await endLeftOvers(path, systemClock, 50)).toEqual([])
  expect(processIdentity(pid)).toEqual(identity)
})

test('only processes that are there are written down', async () => {
  const path = listFile()
  const { pid } = await sleeper(1_000)
  rememberChildren(path, [
    { name: 'feed', pid },
    { name: 'brain', pid: 999_999_999 },
  ])
  expect(existsSync(path)).toBe(true)
  expect(await endLeftOvers(path, systemClock, 50)).toHaveLength(1)
})
