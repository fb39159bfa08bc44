import type * as Fs from 'node:fs'
import { readFileSync, statSync, truncateSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { lastLedgerBar, openLedger, tapePieces } from '../../engine/ledger/ledger.ts'
import { verifyCore } from '../../engine/replay/verify.ts'
import { RECORD_BYTES, segmentPath } from '../../engine/tape/format.ts'
import type { TapeReader } from '../../engine/tape/port.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { restoreTape } from '../../engine/tape/restore.ts'
import { openTapeWriter } from '../../engine/tape/writer.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { seeded } from '../../src/random.ts'
import { instruments } from '../helpers/engine-fixture.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, trades, type World, wishes, world } from './world.ts'

const NEVER = Number.POSITIVE_INFINITY
/** Every so many bars a row of the source became none. */
const REJECT_EVERY = 5

/** Size of each file when it was last flushed: what a power cut leaves for certain. */
const disk = vi.hoisted(() => ({ flushed: new Map<string, number>() }))

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof Fs>()
  return {
    ...real,
    fdatasyncSync: (descriptor: number): void => {
      disk.flushed.set(real.readlinkSync(`/proc/self/fd/${descriptor}`), real.fstatSync(descriptor).size)
      real.fdatasyncSync(descriptor)
    },
  }
})

/** A tape in files, on which each bar is written just before somebody asks for it. */
const growing = (folder: string, bars: readonly Bar[]): TapeReader => {
  const writer = openTapeWriter(folder)
  const reader = openTapeReader(folder)
  const grow = (to: number): void => {
    for (const bar of bars.slice(writer.end().sequence, to)) {
      if (bar.sequence % REJECT_EVERY === 0) writer.reject('finite', 10_000 + bar.sequence, 0, bar.time)
      writer.append(bar)
    }
    writer.flush()
  }
  const grown =
    <Answer, Rest extends unknown[]>(ask: (to: number, ...rest: Rest) => Answer) =>
    (to: number, ...rest: Rest): Answer => {
      grow(to)
      return ask(to, ...rest)
    }
  return {
    read: (from, to, onBar) => grown((until: number) => reader.read(from, until, onBar))(to),
    sync: grown(reader.sync),
    piece: grown(reader.piece),
    lastSequence: reader.lastSequence,
    close: reader.close,
  }
}

const bars = market(7, 400)
const records = wishes(bars)

const place = (): World => {
  const made = world(tempFolder(), bars, records)
  return { ...made, tape: () => growing(made.paths.tape, bars) }
}

/** The difference that `replay --verify` would find. */
const verified = ({ paths }: World) => {
  const ledger = openLedger(paths.ledger, () => '', { readOnly: true })
  const tape = openTapeReader(paths.tape)
  try {
    return verifyCore(ledger, tape, instruments).difference
  } finally {
    tape.close()
    ledger.close()
  }
}

const restore = ({ paths }: World): number => restoreTape(paths.tape, tapePieces(paths.ledger))

const lastBar = ({ paths }: World): number => {
  const tape = openTapeReader(paths.tape)
  try {
    return tape.lastSequence()
  } finally {
    tape.close()
  }
}

describe.skipIf(process.platform !== 'linux')('a power cut', () => {
  test('that takes from the tape all that was not flushed takes nothing that a committed cycle rests on', { timeout: 120_000 }, async () => {
    const undisturbed = place()
    const steps = killer(NEVER)
    await live(undisturbed, steps)
    expect(verified(undisturbed)).toBeNull()
    const expected = trades(undisturbed)
    expect(expected.length).toBeGreaterThan(20)

    const random = seeded(5)
    let lost = 0
    for (let round = 0; round < 30; round += 1) {
      const cut = place()
      const file = segmentPath(cut.paths.tape, 0)
      await live(cut, killer(1 + Math.floor(random.next() * steps.steps())))
      const whole = readFileSync(file)
      const flushed = disk.flushed.get(file) ?? RECORD_BYTES
      // Every second time the disk has got on with its writing a little by itself.
      truncateSync(file, round % 2 === 0 ? flushed : flushed + Math.floor(random.next() * (whole.length - flushed + 1)))
      const says = `round ${round}: ${whole.length} bytes, ${flushed} flushed`
      if (lastBar(cut) < lastLedgerBar(cut.paths.ledger)) lost += 1
      restore(cut)
      expect.soft(lastBar(cut), says).toBeGreaterThanOrEqual(lastLedgerBar(cut.paths.ledger))
      const restored = readFileSync(file)
      const sound = Math.floor(restored.length / RECORD_BYTES) * RECORD_BYTES
      expect.soft(restored.subarray(0, sound).equals(whole.subarray(0, sound)), says).toBe(true)
      expect.soft(verified(cut), says).toBeNull()

      await live(cut, killer(NEVER))
      expect.soft(trades(cut), says).toEqual(expected)
      expect.soft(verified(cut), says).toBeNull()
    }
    // Otherwise nothing was put to the test.
    expect(lost).toBeGreaterThan(5)
  })

  test('after which the tape lacks more than the ledger holds leaves a cycle that cannot be replayed, and that is said', async () => {
    const cut = place()
    const file = segmentPath(cut.paths.tape, 0)
    // Whoever starts again flushes what is on the tape, and copies only what comes after that.
    for (const steps of [700, 200]) expect((await live(cut, killer(steps))).killed).toBe(true)
    const first = tapePieces(cut.paths.ledger).at(-1)?.first ?? 0
    expect(first).toBeGreaterThan(64)
    truncateSync(file, RECORD_BYTES * 3)
    const before = statSync(file).size
    expect(restore(cut)).toBe(0)
    expect(statSync(file).size).toBe(before)
    expect(verified(cut)).toMatchObject({ what: 'tape' })
  })
})
