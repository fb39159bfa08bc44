import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { chainOf, openLedger, START_CHAIN } from '../../engine/ledger/ledger.ts'
import { machine, openLong } from '../helpers/engine-fixture.ts'
import { entryOf } from '../helpers/ledger-fixture.ts'
import { callsOf, straceMissing, type Traced, traced } from '../helpers/strace.ts'
import { tempFolder } from '../helpers/temp.ts'

/** All by which SQLite changes a file. */
const WRITES = 'pwrite64,fsync,fdatasync,ftruncate,fallocate'
const CYCLES = 4
const CORRUPT = 65
/** Runs at a time; each is a process under strace. */
const AT_ONCE = 4
/** More than one leaves out writes, for a short look. */
const STRIDE = Number(process.env.AEGIS_FAULT_STRIDE ?? 1)

const missing = straceMissing()
const script = fileURLToPath(new URL('children/append.ts', import.meta.url))

const entries = () => {
  const world = machine()
  openLong(world)
  const size = Math.ceil(world.events.length / CYCLES)
  return Array.from({ length: CYCLES }, (_, index) => entryOf(index + 1, world.events.slice(index * size, (index + 1) * size)))
}

const program = () => {
  const folder = tempFolder()
  const path = join(folder, 'execution.sqlite')
  const entriesPath = join(folder, 'entries.json')
  writeFileSync(entriesPath, JSON.stringify(entries()))
  return { path, args: [process.execPath, script, path, entriesPath] }
}

const acknowledged = (stdout: string): number => Number([...stdout.matchAll(/^done (\d+)$/gm)].at(-1)?.[1] ?? 0)

/** What a start after the fault finds: as many whole cycles as were acknowledged, or more, in one unbroken chain. */
const found = (path: string) => {
  const ledger = openLedger(path, () => 'led')
  try {
    let chain = START_CHAIN
    let broken = 0
    let cycles = 0
    for (const row of ledger.history()) {
      cycles += 1
      chain = chainOf(chain, [...row.inputs, ...row.events])
      if (chain !== row.chain || row.cycle.number !== cycles) broken += 1
    }
    const events = ledger.events(0).map(({ sequence }) => sequence)
    const expected = entries()
      .slice(0, cycles)
      .flatMap((entry) => entry.events.map(({ sequence }) => sequence))
    return { cycles, broken, whole: JSON.stringify(events) === JSON.stringify(expected), id: ledger.id }
  } finally {
    ledger.close()
  }
}

type Outcome = Traced & { readonly at: number; readonly cycles: number; readonly broken: number; readonly whole: boolean; readonly id: string }

/** One run for each write there is, with the fault at that write. */
const everywhere = async (fault: (at: number) => string): Promise<Outcome[]> => {
  const total = await callsOf(program().args, WRITES)
  expect(total).toBeGreaterThan(50)
  const places = Array.from({ length: total }, (_, index) => index + 1).filter((at) => at % STRIDE === 0)
  const outcomes: Outcome[] = []
  const worker = async (): Promise<void> => {
    for (let at = places.shift(); at !== undefined; at = places.shift()) {
      const { path, args } = program()
      const run = await traced(args, `${WRITES}:${fault(at)}`)
      outcomes.push({ ...run, at, ...found(path) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return outcomes
}

const ends = (outcomes: readonly Outcome[]) => new Set(outcomes.map(({ code }) => code))

describe.skipIf(missing !== null)(`a ledger whose disk fails at any write${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test.each([
    ['a disk that is full from then on', (at: number) => `error=ENOSPC:when=${at}+`],
    ['a disk that fails once', (at: number) => `error=EIO:when=${at}`],
  ])('%s: it refuses with 65, and every acknowledged cycle is there', { timeout: 300_000 }, async (_, fault) => {
    const outcomes = await everywhere(fault)
    for (const { at, code, stdout, stderr, cycles, broken, whole, id } of outcomes) {
      const where = `write ${at}: exit ${code} ${stdout} ${stderr}`
      expect.soft({ broken, whole, id }, where).toEqual({ broken: 0, whole: true, id: 'led' })
      expect.soft(cycles, where).toBeGreaterThanOrEqual(acknowledged(stdout))
      // A fault while closing, or one that SQLite may ignore, loses nothing: then all was acknowledged. Any other is a refusal.
      expect.soft(code === CORRUPT ? /^refused LedgerFailure 65 free space/m.test(stdout) : acknowledged(stdout) === CYCLES, where).toBe(true)
    }
    expect(ends(outcomes).has(CORRUPT)).toBe(true)
  })

  test('a kill: every acknowledged cycle is there, and none is there in part', { timeout: 300_000 }, async () => {
    const outcomes = await everywhere((at) => `signal=SIGKILL:when=${at}`)
    for (const { at, stdout, cycles, broken, whole, id } of outcomes) {
      const where = `write ${at}: ${stdout}`
      expect.soft({ broken, whole, id }, where).toEqual({ broken: 0, whole: true, id: 'led' })
      expect.soft(cycles, where).toBeGreaterThanOrEqual(acknowledged(stdout))
    }
    expect(ends(outcomes).has(null)).toBe(true)
  })
})
