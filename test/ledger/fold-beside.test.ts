import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { foldBeside } from '../../engine/ledger/fold-beside.ts'

const place = () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-fold-'))
  const path = join(folder, 'ledger.sqlite')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; CREATE TABLE lines (text TEXT)')
  const rests: number[] = []
  const beside = foldBeside(path, () => {
    rests.push(statSync(path).size)
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  })
  onTestFinished(() => {
    beside.close()
    database.close()
    rmSync(folder, { recursive: true })
  })
  return {
    path,
    rests,
    beside,
    write: (rows: number) => {
      const insert = database.prepare('INSERT INTO lines VALUES (?)')
      for (let row = 0; row < rows; row += 1) insert.run('x'.repeat(2_000))
    },
  }
}

test('what the log holds comes into the file beside the work, and the log is written over from its beginning', async () => {
  const { path, beside, write } = place()
  write(200)
  const before = statSync(path).size
  beside.ask()
  await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(before + 300_000), { timeout: 10_000 })
  const log = statSync(`${path}-wal`).size
  write(100)
  expect(statSync(`${path}-wal`).size).toBe(log)
})

test('what is written meanwhile is folded afterwards, so the log begins anew under constant writing too', async () => {
  const { path, beside, rests, write } = place()
  const sizes: number[] = []
  for (let round = 0; round < 5; round += 1) {
    write(200)
    beside.ask()
    write(20) // the thread is at its work or about to begin
    await vi.waitFor(() => expect(rests).toHaveLength(round + 1), { timeout: 10_000 })
    sizes.push(statSync(`${path}-wal`).size)
  }
  expect(Math.max(...sizes)).toBeLessThan(1.05 * (sizes[0] ?? 0))
})

test('a rest that cannot be folded is told to whoever asks next', async () => {
  const { path, write } = place()
  const beside = foldBeside(path, () => {
    throw new Error('database or disk is full')
  })
  onTestFinished(beside.close)
  write(10)
  beside.ask()
  await vi.waitFor(() => expect(() => beside.ask()).toThrow('database or disk is full'), { timeout: 10_000 })
})

test('a folding that failed is told to whoever asks next, and nothing is asked of that thread again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-fold-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const beside = foldBeside(join(folder, 'no', 'such', 'folder', 'ledger.sqlite'), () => expect.unreachable('nothing was folded'))
  onTestFinished(beside.close)
  beside.ask()
  await vi.waitFor(() => expect(() => beside.ask()).toThrow(/unable to open/), { timeout: 10_000 })
  expect(() => beside.ask()).toThrow(/unable to open/)
})
