import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createShared } from '../../engine/ring/shared.ts'
import type { Boot } from '../../engine/supervisor/messages.ts'
import { Config } from '../../src/contracts/config.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import { instancePaths } from '../../src/home.ts'

export const scriptedChild = fileURLToPath(new URL('scripted-child.ts', import.meta.url))
export const scriptedParent = fileURLToPath(new URL('scripted-parent.ts', import.meta.url))

export const testActor = { kind: 'operator', uid: 0, name: 'test', tty: null, ssh: null } as const

/** What a scripted child is told: `script` is what it does. Makes the instance's folders. */
export const bootFor = (home: string, script: string, config: object = {}): Boot => {
  const paths = instancePaths(home, 'default')
  for (const folder of [paths.logs, paths.state, paths.data]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    kind: 'boot',
    home,
    instance: 'default',
    account: script,
    mode: 'simulate',
    config: Config.parse(config),
    configHash: 'f'.repeat(64),
    instruments: [],
    version: 'test',
    startedAt: 0,
    desired: { state: 'running', reason: 'a test', actor: testActor, commandId: null, at: 0 },
    killSwitch: null,
    troubles: [],
  }
}

/** A child on shared memory of its own, without a supervisor around it. */
export const spawnScripted = (name: ChildName): { readonly child: ChildProcess; readonly close: () => void } => {
  const { descriptors, close } = createShared()
  const { memory, feed, brain, orchestrator } = descriptors
  const child = spawn(process.execPath, [scriptedChild, name], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', memory, feed, brain, orchestrator],
  })
  return { child, close }
}
