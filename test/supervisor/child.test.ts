import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createShared } from '../../engine/ring/shared.ts'
import { type Child, type ChildView, createChild } from '../../engine/supervisor/child.ts'
import { OUT_BYTES_MAX } from '../../engine/supervisor/child-output.ts'
import type { Action } from '../../engine/supervisor/lifecycle.ts'
import type { FromChild } from '../../engine/supervisor/messages.ts'
import { systemClock } from '../../src/clock.ts'
import { instancePaths } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import { bootFor, scriptedChild } from '../helpers/scripted.ts'
import { tempFolder } from '../helpers/temp.ts'

type Told =
  | { readonly kind: 'changed'; readonly view: ChildView; readonly action: Action | null }
  | { readonly kind: 'died'; readonly reason: string; readonly storm: boolean }
  | { readonly kind: 'left'; readonly reason: string }
  | { readonly kind: 'storm'; readonly reason: string }
  | { readonly kind: 'gaveUp'; readonly code: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly state: string; readonly happening: string }
  | { readonly kind: 'message'; readonly message: FromChild }
  | { readonly kind: 'misspoke' }

/** One child of the real kind whose program is scripted, and everything it tells the supervisor. */
const begin = (script: string, limits: { readonly stuckKillMs?: number; readonly readyMsMax?: number } = {}) => {
  const home = tempFolder()
  const paths = instancePaths(home, 'default')
  let boot = bootFor(home, script)
  const { descriptors, close } = createShared()
  const told: Told[] = []
  const listeners = new Set<() => void>()
  const say = (what: Told): void => {
    told.push(what)
    for (const listener of listeners) listener()
  }
  const child = createChild({
    name: 'brain',
    script: scriptedChild,
    logs: paths.logs,
    env: { PATH: process.env.PATH, SECRET_TOKEN: 'not for children' },
    descriptors,
    clock: systemClock,
    random: seeded(1),
    limits: { restartsMax: 3, restartWindowMs: 60_000, stuckKillMs: 10_000, ...limits },
    boot: () => boot,
    on: {
      message: (message) => say({ kind: 'message', message }),
      misspoke: () => say({ kind: 'misspoke' }),
      changed: (view, action) => say({ kind: 'changed', view, action }),
      died: (reason, storm) => say({ kind: 'died', reason, storm }),
      left: (reason) => say({ kind: 'left', reason }),
      storm: (reason) => say({ kind: 'storm', reason }),
      gaveUp: (code, reason) => say({ kind: 'gaveUp', code, reason }),
      refused: (state, happening) => say({ kind: 'refused', state, happening }),
    },
  })
  onTestFinished(async () => {
    child.killNow()
    await child.stop(1)
    close()
  })
  /** The first of its kind from now on that fits; what was told before does not count. */
  const next = <K extends Told['kind']>(
    kind: K,
    fits: (what: Extract<Told, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<Told, { kind: K }>> => {
    let from = told.length
    return new Promise((resolve) => {
      const look = (): void => {
        for (; from < told.length; from += 1) {
          const what = told[from]
          if (what?.kind !== kind || !fits(what as Extract<Told, { kind: K }>)) continue
          listeners.delete(look)
          resolve(what as Extract<Told, { kind: K }>)
          return
        }
      }
      listeners.add(look)
    })
  }
  const nowDoes = (next_: string): void => {
    boot = { ...boot, account: next_ }
  }
  return { child, told, next, nowDoes, paths }
}

const isReady = ({ view }: { view: ChildView }): boolean => view.state === 'ready'

const startReady = async ({ child, next }: Pick<ReturnType<typeof begin>, 'next'> & { child: Child }): Promise<ChildView> => {
  const ready = next('changed', isReady)
  child.happens('wanted')
  return (await ready).view
}

test('a wanted child starts, says with what evidence it is ready, and stops when asked', async () => {
  const { child, next, told } = begin('works')
  const view = await startReady({ child, next })
  expect(view).toMatchObject({ state: 'ready', restarts: 0, evidence: 'works, wanted running', reason: '' })
  await child.stop(5_000)
  expect(child.view()).toMatchObject({ state: 'down', pid: null, startedAt: null })
  expect(told.filter(({ kind }) => kind === 'died' || kind === 'left')).toEqual([{ kind: 'left', reason: 'exit 0' }])
})

test('what is no message of ours is told once and left out, and the next one that is ours is heard', async () => {
  const { child, next, told } = begin('babbles')
  const heard = next('message')
  child.happens('wanted')
  expect((await heard).message).toEqual({ kind: 'view', changes: { equity: 'after the babble' } })
  expect(told.filter(({ kind }) => kind === 'misspoke')).toHaveLength(1)
  expect(child.view().evidence).toBe('babbles, wanted running')
})

test('what it prints is cut while it lives, its end is kept, and it prints on behind it', async () => {
  const { child, next, paths } = begin('prints')
  await startReady({ child, next })
  const output = join(paths.logs, 'brain.out')
  appendFileSync(output, `${'x'.repeat(OUT_BYTES_MAX)}\n`)
  child.trimOutput()
  expect([readFileSync(output, 'utf8'), statSync(`${output}.1`).size]).toEqual(['', OUT_BYTES_MAX])
  const heard = next('message')
  child.tell({ kind: 'sibling', name: 'feed', state: 'ready' })
  await heard
  expect(readFileSync(output, 'utf8')).toBe('after\n')
  child.trimOutput()
  expect(readFileSync(output, 'utf8')).toBe('after\n')
})

test('it knows of our environment only what it needs', async () => {
  const { child, next } = begin('works')
  const { pid } = await startReady({ child, next })
  const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((each) => each.split('=')[0])
    .filter((name) => name !== '')
  expect(names.sort()).toEqual(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'PATH'])
})

test('one that is killed is back at once, and counted', async () => {
  const { child, next } = begin('works')
  await startReady({ child, next })
  const death = next('died')
  const again = next('changed', isReady)
  const killedAt = performance.now()
  child.killNow()
  expect(await death).toMatchObject({ reason: 'SIGKILL', storm: false })
  expect(performance.now() - killedAt).toBeLessThan(200)
  expect((await again).view).toMatchObject({ restarts: 1, reason: '' })
})

test('one that leaves in order although nobody asked it to is started again', async () => {
  const { child, next, nowDoes } = begin('leaves')
  const death = next('died')
  const again = next('changed', isReady)
  child.happens('wanted')
  expect(await death).toMatchObject({ reason: 'exit 0' })
  nowDoes('works')
  expect((await again).view.state).toBe('ready')
})

test('the fourth death within a minute is a storm: it stays down until a person re-arms it', async () => {
  const { child, next, nowDoes, told } = begin('fails')
  const storm = next('storm')
  child.happens('wanted')
  expect(await storm).toMatchObject({ reason: 'exit 1' })
  expect(told.filter(({ kind }) => kind === 'died')).toHaveLength(4)
  expect(child.view()).toMatchObject({ state: 'failed', restarts: 3, pid: null })

  child.happens('wanted')
  expect(child.view().state).toBe('failed')
  nowDoes('works')
  const ready = next('changed', isReady)
  child.happens('rearmed')
  expect((await ready).view.state).toBe('ready')
  // Re-armed means counted from zero: one more death is one death.
  const death = next('died')
  const again = next('changed', isReady)
  child.killNow()
  expect(await death).toMatchObject({ storm: false })
  await again
})

test.each([
  { script: 'refuses', code: 78, reason: 'no such symbol; name another' },
  { script: 'exits 78', code: 78, reason: 'exit 78' },
  { script: 'gives up and stays', code: 65, reason: 'the tape is damaged' },
])('what a restart would only repeat is not restarted ($script)', async ({ script, code, reason }) => {
  const { child, next, told } = begin(script)
  const gaveUp = next('gaveUp')
  child.happens('wanted')
  expect(await gaveUp).toMatchObject({ code, reason })
  expect(told.filter(({ kind }) => kind === 'died')).toHaveLength(1)
  expect(child.view()).toMatchObject({ state: 'failed', restarts: 0, reason })
})

test('one that never becomes ready is killed and tried again', async () => {
  const { child, next } = begin('says nothing', { readyMsMax: 100 })
  const death = next('died')
  child.happens('wanted')
  expect(await death).toMatchObject({ reason: 'SIGKILL' })
})

test('one that cannot even be started counts as dead, again and again', async () => {
  const { child, next, paths } = begin('works')
  rmSync(paths.logs, { recursive: true }) // there is nowhere to send its output
  writeFileSync(join(paths.root, 'logs'), '')
  const storm = next('storm')
  child.happens('wanted')
  expect((await storm).reason).toMatch(/^it could not be started: ENOTDIR/)
  expect(child.view()).toMatchObject({ state: 'failed', pid: null })
})

describe('stopping', () => {
  test('kills what does not drain in time', async () => {
    const { child, next } = begin('never drains')
    await startReady({ child, next })
    await child.stop(50)
    expect(child.view()).toMatchObject({ state: 'down', pid: null })
  })
  test('kills one that hangs, and does not wait for it', async () => {
    const { child, next } = begin('works')
    const { pid } = await startReady({ child, next })
    process.kill(pid ?? 0, 'SIGSTOP')
    child.happens('stuck', 'no beat')
    await child.stop(60_000)
    expect(child.view().state).toBe('down')
  })
  test('ends the wait for a restart', async () => {
    const { child, next } = begin('fails')
    const waits = next('changed', ({ view }) => view.state === 'waiting' && view.restarts === 3)
    child.happens('wanted')
    await waits
    await child.stop(60_000)
    expect(child.view().state).toBe('down')
  })
  test('is done at once where nothing runs, and may be asked for twice', async () => {
    const { child, next } = begin('works')
    await child.stop(60_000)
    await startReady({ child, next })
    await Promise.all([child.stop(5_000), child.stop(5_000)])
    expect(child.view().state).toBe('down')
  })
})

describe('a child that hangs', () => {
  test('is killed after its time, and comes back', async () => {
    const { child, next } = begin('works', { stuckKillMs: 50 })
    const { pid } = await startReady({ child, next })
    process.kill(pid ?? 0, 'SIGSTOP')
    const again = next('changed', isReady)
    child.happens('stuck', 'no beat')
    expect(child.view()).toMatchObject({ state: 'stuck', reason: 'no beat' })
    const { view } = await again
    expect(view.pid).not.toBe(pid)
    expect(view.restarts).toBe(1)
  })
  test('is let live when it moves again', async () => {
    const { child, next } = begin('works', { stuckKillMs: 60_000 })
    const { pid } = await startReady({ child, next })
    child.happens('stuck', 'no beat')
    child.happens('moved')
    expect(child.view()).toMatchObject({ state: 'ready', pid, reason: '' })
  })
})

test('an illegal move changes nothing and is told', async () => {
  const { child, told } = begin('works')
  child.happens('saidReady')
  child.happens('exited')
  expect(child.view().state).toBe('down')
  expect(told).toEqual([
    { kind: 'refused', state: 'down', happening: 'saidReady' },
    { kind: 'refused', state: 'down', happening: 'exited' },
  ])
})
