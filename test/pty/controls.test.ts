import { describe, expect, test, vi } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { accepted, type Console, ESC, openLive, place, startEngine } from './console-pty.ts'

vi.setConfig({ testTimeout: 30_000 })

const base = snapshotFixture()
const running: Snapshot = base
const pausedLive: Snapshot = { ...base, mode: 'live', engine: { ...base.engine, state: 'paused', desired: 'paused' } }

/** A dialog is deaf at first: the first letter is typed until it is taken, the others one by one. */
const typeIn = async ({ type, screen, until }: Console, text: string, shows: (soFar: string) => RegExp): Promise<void> => {
  const [first = '', ...rest] = [...text]
  await expect
    .poll(
      () => {
        if (!shows(first).test(screen.text())) type(first)
        return screen.text()
      },
      { timeout: 10_000, interval: 300 },
    )
    .toMatch(shows(first))
  let soFar = first
  for (const letter of rest) {
    type(letter)
    soFar += letter
    await until(soFar, (all) => shows(soFar).test(all))
  }
}

/** The clock in the first row has moved: what was typed before has been taken. */
const second = async ({ until, identity }: Console): Promise<void> => {
  const clock = (): string => /\d\d:\d\d:\d\dZ/.exec(identity())?.[0] ?? ''
  const before = clock()
  await until('a second later', () => clock() !== before)
}

const REASON = 'ok'
const giveReason = async (opened: Console): Promise<void> => {
  await typeIn(opened, REASON, (soFar) => new RegExp(`reason \\(\\d+/200\\): ${soFar}`))
  opened.type('\r')
}
const giveName = (opened: Console, name: string): Promise<void> => typeIn(opened, name, (soFar) => new RegExp(`type eu-1: ${soFar}`))

const toConfirm = async (opened: Console, what: string, name: string | null): Promise<void> => {
  opened.type('p')
  await opened.until('the dialog', (text) => text.includes(`${what} eu-1`))
  await giveReason(opened)
  if (name !== null) {
    await opened.until('the name to be asked for', (text) => text.includes('type eu-1:'))
    await giveName(opened, name)
    opened.type('\r')
  }
  await opened.until('the last step', (text) => text.includes('y: send it now'))
}

describe('a confirmation', () => {
  test('typed faster than a dialog can be read sends nothing', async () => {
    const at = place()
    const engine = await startEngine(at)
    const opened = await openLive(at)
    for (let round = 0; round < 5; round += 1) {
      // Every key comes alone and before the dialog has been there for a quarter of a second.
      for (const key of ['p', 'o', '\r', 'y']) {
        opened.type(key)
        await new Promise(setImmediate)
      }
      opened.type('\u001b[B') // an arrow, which the line carries after all of it
      await opened.until('an answer', (text) => /Pause eu-1|at once do nothing|does nothing here/.test(text))
      // Where the keys came together there is no dialog, and this one would leave the console.
      if (opened.screen.text().includes('Pause eu-1')) opened.type('\u0003')
      await opened.until('no dialog', (text) => text.includes('== Cycles'))
    }
    expect(engine.commands).toEqual([])
  })

  test('in a chunk of several characters sends nothing, and a single key after it does', async () => {
    const at = place()
    const engine = await startEngine(at)
    const opened = await openLive(at)
    await toConfirm(opened, 'Pause', null)
    for (const chunk of ['yy', 'y\r', 'yes', `${ESC}[200~y${ESC}[201~`]) {
      opened.type(chunk)
      await opened.until('a hint', (text) => text.includes('only one single key counts here'))
      opened.type(`${ESC}[B`) // takes the hint away, so that the next one is that of the next chunk
      await opened.until('the other hint', (text) => text.includes('y sends it, Esc gives up'))
    }
    expect(engine.commands).toEqual([])
    await expect
      .poll(
        () => {
          if (engine.commands.length === 0) opened.type('y')
          return engine.commands.length
        },
        { interval: 200, timeout: 5_000 },
      )
      .toBe(1)
    await opened.until('the answer', (text) => text.includes('ACCEPTED (audit 4711)'))
    expect(engine.commands).toMatchObject([{ command: { kind: 'pause' } }])
  })
})

describe('resuming a live engine', () => {
  const openPaused = async (args: readonly string[] = []) => {
    const at = place()
    const engine = await startEngine(at, pausedLive, args.length > 0 ? 'observer' : 'operator')
    const opened = await openLive(at, { args, state: 'PAUSED' })
    return { engine, opened }
  }

  test('is sent after a reason and the name of the instance', async () => {
    const { engine, opened } = await openPaused()
    await toConfirm(opened, 'Resume', 'eu-1')
    expect(opened.screen.text()).toContain('!LIVE!')
    opened.type('y')
    await opened.until('the answer', (text) => text.includes('ACCEPTED (audit 4711)'))
    expect(engine.commands).toMatchObject([{ command: { kind: 'resume' }, reason: REASON }])
  })

  test('refuses another name, and one that was pasted', async () => {
    const { engine, opened } = await openPaused()
    opened.type('p')
    await opened.until('the dialog', (text) => text.includes('Resume eu-1'))
    await giveReason(opened)
    await opened.until('the name to be asked for', (text) => text.includes('type eu-1:'))
    opened.type(`${ESC}[200~eu-1${ESC}[201~`)
    await opened.until('why', (text) => text.includes('the name has to be typed, key by key'))
    await giveName(opened, 'eu-2')
    opened.type('\r')
    await opened.until('why', (text) => text.includes('that is not the name of this instance: eu-1'))
    opened.type('y')
    await opened.until('still the name', (text) => text.includes('type eu-1: eu-2y'))
    expect(engine.commands).toEqual([])
  })

  test('refuses when the engine has gone silent', async () => {
    const { engine, opened } = await openPaused()
    await toConfirm(opened, 'Resume', 'eu-1')
    engine.suffer({ kind: 'stall' })
    await opened.until('why', (text) => text.includes('Not possible now: the link to the engine is lost'))
    opened.type('y')
    await second(opened)
    opened.type('\u0003')
    await opened.until('closed', (text) => text.includes('== Cycles'))
    expect(engine.commands).toEqual([])
  })

  test('refuses when somebody changed the engine meanwhile', async () => {
    const { engine, opened } = await openPaused()
    await toConfirm(opened, 'Resume', 'eu-1')
    engine.change({ engine: { ...base.engine, state: 'halted', desired: 'halted' } })
    await opened.until('why', (text) => text.includes('somebody asked for HALTED since this dialog was opened'))
    opened.type('y')
    await second(opened)
    opened.type('\u0003')
    await opened.until('closed', (text) => text.includes('== Cycles'))
    expect(engine.commands).toEqual([])
  })

  test('refuses when another engine answers meanwhile', async () => {
    const at = place()
    const first = await startEngine(at, pausedLive)
    const opened = await openLive(at, { state: 'PAUSED' })
    await toConfirm(opened, 'Resume', 'eu-1')
    await first.close()
    const successor = await startEngine(at, { ...pausedLive, engine: { ...pausedLive.engine, pid: 777 } })
    await opened.until('why', (text) => text.includes('another engine holds the lock: pid 777 instead of 41822'))
    opened.type('y')
    await second(opened)
    opened.type('\u0003')
    await opened.until('closed', (text) => text.includes('== Cycles'))
    expect([...first.commands, ...successor.commands]).toEqual([])
  })

  test('is not offered with --read-only', async () => {
    const { engine, opened } = await openPaused(['--read-only'])
    expect(opened.identity()).toContain('watch only')
    opened.type('p')
    await opened.until('why', (text) => text.includes('p: this console only watches (--read-only)'))
    expect(opened.screen.text()).not.toContain('Resume eu-1')
    expect(engine.commands).toEqual([])
  })
})

describe.each([
  [100, 30],
  [60, 15],
  [40, 10],
] as const)('on a screen of %ix%i', (columns, rows) => {
  test('p opens the dialog to pause from every view, and three keys more send it', async () => {
    const at = place()
    const engine = await startEngine(at, running, 'operator', ({ command }, change) => {
      if (command.kind === 'pause') change({ engine: { ...base.engine, state: 'paused', desired: 'paused' } })
      return accepted
    })
    const opened = await openLive(at, { columns, rows })
    const mini = rows < 15
    for (let view = 8; view >= 1; view -= 1) {
      opened.type(String(view))
      if (!mini) await opened.until(`view ${view}`, (text) => new RegExp(`\\[${view} |^(?:==|--) ${TITLES[view - 1]}`, 'm').test(text))
      else await opened.pty.until('the mini screen', () => opened.screen.text().includes('RUNNING'))
      await expect
        .poll(
          () => {
            if (!opened.screen.text().includes('Pause eu-1')) opened.type('p')
            return opened.screen.text()
          },
          { interval: 500, timeout: 5_000 },
        )
        .toContain('Pause eu-1')
      if (view === 1) break
      opened.type('\u0003')
      await opened.until('closed', (text) => !text.includes('Pause eu-1'))
    }
    await giveReason(opened)
    await opened.until('the last step', (text) => text.includes('y: send it now'))
    const from = performance.now()
    opened.type('y')
    const seen = await opened.until('paused', (text) => text.includes('PAUSED'))
    expect(seen - from).toBeLessThan(PAUSE_MS_MAX)
    expect(engine.commands).toMatchObject([{ command: { kind: 'pause' } }])
  })
})

const TITLES = ['Cycles', 'Signals', 'Breakers', 'Positions', 'Audit', 'Log', 'Charts', 'Fleet'] as const
/** Seen: 20 to 60 ms. */
const PAUSE_MS_MAX = 1_000
