import { rmSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { CommandRequest } from '../../src/contracts/command.ts'
import { RpcError } from '../../src/contracts/protocol.ts'
import type { Millis } from '../../src/units.ts'
import { createFleetWatch } from '../../tui/fleet/fleet.ts'
import type { Fleet } from '../../tui/store/state.ts'
import { commandLine, NOW } from '../helpers/command-line.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

/** The fleet of a home with one instance. */
const watched = () => {
  const line = commandLine()
  const seen: Fleet[] = []
  const watch = createFleetWatch({
    env: line.env,
    home: line.env.AEGIS_HOME ?? '',
    client: { kind: 'operator', uid: 1, name: 'maria', tty: null, ssh: null },
    version: '0.1.0',
    clock: { now: () => NOW as Millis, monotonic: () => performance.now() },
    onFleet: (fleet) => void seen.push(fleet),
  })
  onTestFinished(watch.close)
  /** What one more look sees. */
  const look = async (): Promise<Fleet['engines']> => {
    const before = seen.length
    watch.pause()
    watch.open()
    await expect.poll(() => seen.length, { interval: 5 }).toBeGreaterThan(before)
    return seen.at(-1)?.engines ?? []
  }
  return { ...line, watch, look }
}

const request = (): CommandRequest => ({
  id: 'command-0001',
  actor: { kind: 'operator', uid: 1, name: 'maria', tty: null, ssh: null },
  reason: 'lunch',
  expiresAt: NOW + 20_000,
  command: { kind: 'pause' },
})

test.each([
  { says: 'what its role may not do', error: { code: RpcError.forbidden, message: 'observers may only read' }, outcome: 'refused' },
  { says: 'what it failed on', error: { code: -32_603, message: 'it broke' }, outcome: 'unknown' },
])('a command that an engine answers with an error is $outcome: $says', async ({ error, outcome }) => {
  const { watch, engine } = watched()
  await engine({ command: () => ({ error }) })
  expect(await watch.command('default', request)).toEqual({ outcome, auditSequence: null, message: error.message })
})

test('of an engine that was never met its files are shown as they are now', async () => {
  const { look, paths, write } = watched()
  const state = async (): Promise<string | undefined> => (await look())[0]?.snapshot?.engine.state
  write(paths.snapshot, [snapshotFixture({ instance: 'default' })])
  expect(await state()).toBe('running')
  const { engine } = snapshotFixture()
  writeFileSync(paths.snapshot, JSON.stringify(snapshotFixture({ instance: 'default', engine: { ...engine, state: 'stopped' } })))
  expect(await state()).toBe('stopped')
  rmSync(paths.snapshot)
  expect(await state()).toBeUndefined()
})
