import { spawnSync } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { busyConfig, candleFile, everSo, linesOf, type Place, place } from './engine.ts'
import { fills, rows } from './records.ts'

const ROWS = 15_000
/** A thousand one-minute bars a second: the fault falls into the replay. */
const PACE = '60000'
const config = { ...busyConfig, paper: { partialFillChance: 0.3 } }

const mountable = (): string | null => {
  if (process.platform !== 'linux') return 'only Linux has tmpfs'
  const folder = `/tmp/aegis-mount-${process.pid}`
  mkdirSync(folder)
  const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { encoding: 'utf8' })
  if (tried.status === 0) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return tried.status === 0 ? null : `a small disk cannot be mounted: ${(tried.stderr || String(tried.error)).trim()}`
}
const missing = mountable()

/** A disk of its own under a folder, in memory, gone with the test. What lay there is copied onto it. */
const smallDisk = (folder: string, megabytes: number) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const aside = mkdtempSync(`${folder}-`)
  cpSync(folder, aside, { recursive: true })
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  cpSync(aside, folder, { recursive: true })
  rmSync(aside, { recursive: true })
  const ballast = join(folder, 'ballast')
  return {
    /** Until nothing more fits, not even a byte at a time. */
    fill: (): void => {
      const descriptor = openSync(ballast, 'a')
      try {
        for (let size = 1 << 20; size >= 1; ) {
          try {
            if (writeSync(descriptor, Buffer.alloc(size)) < size) size >>= 1
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
            size >>= 1
          }
        }
      } finally {
        closeSync(descriptor)
      }
    },
    free: (): void => rmSync(ballast),
  }
}

const start = async (at: Place, file: string): Promise<void> => {
  const { code, stderr } = await at.run(['start', '--feed', `replay:${file}`, '--speed', PACE])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
}

const restart = async (at: Place): Promise<void> => {
  const { code, stderr } = await at.run(['restart'])
  if (code !== 0) throw new Error(`restart: exit ${code}: ${stderr}`)
}

const trading = (at: Place) => at.until('trading', (snapshot) => everSo(snapshot, 'executed') > 5)
const childOf = ({ processes }: Snapshot, name: string) => processes.find((each) => each.name === name)
const halted = (at: Place) =>
  at.until('halted', (snapshot) => snapshot.engine.state === 'halted' && childOf(snapshot, 'orchestrator')?.state === 'failed')

/** Where a stream first departs from the ledger; whole lists of thousands of numbers explain nothing. */
const difference = (stream: readonly number[], ledger: readonly number[]) => {
  const at = ledger.findIndex((number, index) => stream[index] !== number)
  if (at === -1 && stream.length === ledger.length) return null
  return {
    at,
    stream: stream.slice(Math.max(0, at - 2), at + 5),
    ledger: ledger.slice(Math.max(0, at - 2), at + 5),
    lengths: [stream.length, ledger.length],
  }
}

/** Goes on to the end of the file, stops, and looks at all that is left: nothing is missing, nothing is there twice. */
const endsWhole = async (at: Place): Promise<void> => {
  await at.until('at the end', ({ feed, engine }) => feed.state.startsWith('ended') && feed.consumed === ROWS && engine.state === 'running', 90_000)
  expect((await at.run(['stop'])).code).toBe(0)
  const booked = fills(at.paths.ledger, "SELECT body FROM events WHERE kind = 'orderFilled' ORDER BY sequence")
  expect(booked.length).toBeGreaterThan(50)
  expect(booked).toEqual(fills(at.paths.paperVenue, "SELECT body FROM reports WHERE kind = 'filled' ORDER BY venue_sequence"))
  expect(new Set(booked.map(({ executionId }) => executionId)).size).toBe(booked.length)
  const orders = rows<{ client_order_id: string; state: string }>(at.paths.ledger, 'SELECT client_order_id, state FROM orders')
  expect(orders.filter(({ state }) => state === 'unknown' || state === 'submitted')).toEqual([])
  const bus = linesOf<{ sequence: number }>(join(at.paths.streams, 'signal_bus.jsonl')).map(({ sequence }) => sequence)
  const facts = rows<{ sequence: number }>(
    at.paths.ledger,
    "SELECT sequence FROM events WHERE kind IN ('signalReceived', 'signalStateChanged') ORDER BY sequence",
  )
  expect(
    difference(
      bus,
      facts.map(({ sequence }) => sequence),
    ),
  ).toBeNull()
  const cycles = linesOf<{ number: number }>(join(at.paths.streams, 'cycles.jsonl')).map(({ number }) => number)
  const recorded = rows<{ number: number }>(at.paths.ledger, 'SELECT number FROM cycles ORDER BY number').map(({ number }) => number)
  expect(difference(cycles, recorded)).toBeNull()
  expect(JSON.parse((await at.run(['replay', '--verify', '--json'])).stdout)).toMatchObject({ clean: true })
  expect((await at.run(['audit', 'verify'])).code).toBe(0)
}

/** Lets go of a latch and resumes, as a person would after making room. */
const recover = async (at: Place, breaker: string): Promise<void> => {
  expect(await at.run(['breakers', 'rearm', breaker, '--reason', 'room again'])).toMatchObject({ code: 0 })
  await restart(at)
  const { breakers, risk } = await at.until('paused', ({ engine }) => engine.state === 'paused')
  // Each latch was set for a reason of its own, and the step down comes last: it lasts as long as its cause.
  const latched = breakers.filter(({ state }) => state === 'latched').map(({ name }) => name)
  for (const latch of [...latched, ...(risk?.degradation.level === 'full' ? [] : ['degradation'])])
    expect(await at.run(['breakers', 'rearm', latch, '--reason', 'room again']), latch).toMatchObject({ code: 0 })
  expect(await at.run(['resume', '--reason', 'room again'])).toMatchObject({ code: 0 })
}

const desiredOf = (at: Place): string => JSON.parse(readFileSync(at.paths.desired, 'utf8')).state

describe.skipIf(missing !== null)(`a disk that is full${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test('under the ledger: the engine halts, nobody starts it again, and after room was made nothing is lost', { timeout: 150_000 }, async () => {
    const at = place(config)
    const file = candleFile(at, ROWS)
    // The tape has a disk of its own, so that it is the ledger that is refused.
    await start(at, file)
    expect((await at.run(['stop'])).code).toBe(0)
    const disk = smallDisk(at.paths.data, 48)
    smallDisk(at.paths.tape, 8)
    await start(at, file)
    await trading(at)
    disk.fill()
    const seen = await halted(at)
    expect(seen.engine).toMatchObject({ desired: 'halted', reason: expect.stringMatching(/orchestrator: .* could not .*database or disk is full/) })
    expect(childOf(seen, 'orchestrator')).toMatchObject({ restarts: 0 })
    expect(desiredOf(at)).toBe('halted')
    expect((await at.run(['status', '--check'])).code).toBe(1)

    // A start on the full disk ends the same way, and still halted.
    await restart(at)
    expect(childOf(await halted(at), 'orchestrator')).toMatchObject({ restarts: 0 })

    disk.free()
    await recover(at, 'halt')
    await endsWhole(at)
  })

  test('under everything: nothing new is entered, the engine stays up to say so, and goes on after room was made', { timeout: 150_000 }, async () => {
    const at = place(config)
    const file = candleFile(at, ROWS)
    const disk = smallDisk(at.paths.root, 128)
    await start(at, file)
    await trading(at)
    disk.fill()
    const stopped = await at.until(
      'latched',
      ({ engine }) => (engine.desired === 'halted' || engine.desired === 'safe') && engine.state !== 'running',
    )
    const quiet = await at.until('quiet', ({ processes }) => processes.some(({ state }) => state === 'failed'))
    expect(quiet.processes.map(({ restarts }) => restarts)).toEqual(quiet.processes.map(() => 0))
    expect(['halted', 'safe', 'degraded']).toContain(stopped.engine.state)
    expect((await at.run(['status', '--check'])).code).toBe(1)

    disk.free()
    const { engine } = await at.status()
    await recover(at, engine.desired === 'halted' ? 'halt' : 'safe')
    await endsWhole(at)
  })

  test('under the streams: trading goes on, the screen says that they are behind, and they catch up', { timeout: 150_000 }, async () => {
    const at = place(config)
    const file = candleFile(at, ROWS)
    const disk = smallDisk(at.paths.streams, 48)
    await start(at, file)
    await trading(at)
    disk.fill()
    const behind = await at.until('behind', ({ ledger }) => ledger.state.startsWith('streams behind'))
    expect(behind.engine.state).toBe('running')
    await at.until('trading on', ({ ledger }) => ledger.sequence > behind.ledger.sequence + 500)
    disk.free()
    await at.until('caught up', ({ ledger }) => ledger.state === 'ok')
    await endsWhole(at)
  })
})

test('a venue of ours that cannot write its record ends in a halt, and its orders are neither lost nor doubled', { timeout: 150_000 }, async () => {
  const at = place(config)
  await start(at, candleFile(at, ROWS))
  await trading(at)
  const blocker = new DatabaseSync(at.paths.paperVenue, { timeout: 5_000 })
  blocker.exec('BEGIN EXCLUSIVE')
  const seen = await halted(at)
  expect(seen.engine).toMatchObject({
    desired: 'halted',
    reason: expect.stringMatching(/the paper venue could not write its record: database is locked/),
  })
  expect(childOf(seen, 'orchestrator')).toMatchObject({ restarts: 0 })
  blocker.exec('ROLLBACK')
  blocker.close()
  await recover(at, 'halt')
  await endsWhole(at)
})
