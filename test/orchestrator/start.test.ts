import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openLedger } from '../../engine/ledger/ledger.ts'
import { createShared } from '../../engine/ring/shared.ts'
import type { FromChild, ToChild } from '../../engine/supervisor/messages.ts'
import { instancePaths } from '../../src/home.ts'
import { bootFor, testActor } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'

const engine = fileURLToPath(new URL('../../bin/aegis-engine.js', import.meta.url))

/** The real process, told something right behind its boot message: while it folds its ledger it reads nothing. @returns its ledger. */
const lifeTold = async (behindBoot: ToChild): Promise<ReturnType<typeof openLedger>> => {
  const home = tempFolder()
  const { descriptors, close } = createShared()
  const { memory, feed, brain, orchestrator } = descriptors
  const child = spawn(process.execPath, [engine, 'orchestrator'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', memory, feed, brain, orchestrator],
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    close()
  })
  child.on('message', ({ kind }: FromChild) => {
    if (kind === 'ready') child.send({ kind: 'drain', deadlineMs: 10_000 } satisfies ToChild)
  })
  child.send(bootFor(home, 'paper'))
  child.send(behindBoot)
  expect(await ended).toEqual([0, null])
  const ledger = openLedger(instancePaths(home, 'default').ledger, () => '', { readOnly: true })
  onTestFinished(ledger.close)
  return ledger
}

test('a halt that was said while an orchestrator came up holds before its first decision', async () => {
  const ledger = await lifeTold({
    kind: 'desired',
    desired: { state: 'halted', reason: 'a person said so', actor: testActor, commandId: 'halt-0001', at: 0 },
  })
  const first = ledger.inputs(0).filter(({ cycle }) => cycle === 1)
  expect(first.flatMap(({ input }) => (input.kind === 'desired' ? [input.desired] : []))).toEqual(['running', 'halted'])
})
