import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { main } from '../../engine/feed/main.ts'
import { lastLedgerBar, openLedger } from '../../engine/ledger/ledger.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { Boot, FromChild } from '../../engine/supervisor/messages.ts'
import { RECORD_BYTES, segmentPath } from '../../engine/tape/format.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { systemClock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import { instancePaths } from '../../src/home.ts'
import { entryOf } from '../helpers/ledger-fixture.ts'
import { candleFile, folder, HEADER, INSTRUMENTS, quietRows } from './fakes.ts'

/** The process's `main` over the real tape, real rings and real timers, as the child runner calls it. */
const run = async (home: string, file: string, startAfter = 0) => {
  const paths = instancePaths(home, 'default')
  mkdirSync(paths.data, { recursive: true })
  const shared = plainShared({ startAfter, generation: 1 })
  onTestFinished(() => shared.close())
  const boot: Boot = {
    kind: 'boot',
    home,
    instance: 'default',
    account: 'test',
    mode: 'simulate',
    config: Config.parse({ feed: { kind: 'replay', file } }),
    configHash: '',
    instruments: INSTRUMENTS,
    version: '0',
    startedAt: 0,
    desired: { state: 'running', reason: '', actor: { kind: 'system', uid: null, name: 'test', tty: null, ssh: null }, commandId: null, at: 0 },
    killSwitch: null,
    troubles: [],
  }
  const kinds: string[] = []
  const ended = Promise.withResolvers<void>()
  const send = (message: FromChild): void => {
    kinds.push(message.kind)
    if (message.kind === 'view' && message.changes.feed?.state === 'ended') ended.resolve()
  }
  const handle = await main({ name: 'feed', boot, paths, shared, log: pino({ level: 'silent' }), clock: systemClock, send })
  await ended.promise
  await handle.drain('asked')
  return { paths, shared, kinds }
}

test('a file comes through to the tape and both rings, and the source is remembered beside the tape', async () => {
  const home = folder(onTestFinished)
  const file = candleFile(join(home, 'x_BTCUSD_1m.csv.gz'), [HEADER, ...quietRows(300)].join('\n'))
  const { paths, shared, kinds } = await run(home, file)
  expect(kinds[0]).toBe('ready')
  expect([shared.brainBars.pending(), shared.orchestratorBars.pending()]).toEqual([300, 300])
  const reader = openTapeReader(paths.tape)
  onTestFinished(() => reader.close())
  expect(reader.lastSequence()).toBe(300)
  const record = join(paths.data, 'feed-source.json')
  expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ source: { kind: 'replay', path: file, symbol: 'BTCUSD' }, base: { sequence: 0 } })
})

test('a file that is none ends in a clear refusal and remembers nothing', async () => {
  const home = folder(onTestFinished)
  const file = candleFile(join(home, 'x_BTCUSD_1m.csv'), 'hello\n')
  await expect(run(home, file)).rejects.toMatchObject({ code: 78 })
  expect(existsSync(join(instancePaths(home, 'default').data, 'feed-source.json'))).toBe(false)
})

test('what a power cut took from the tape, or damaged, is put back from the ledger before anything is written behind it', async () => {
  const home = folder(onTestFinished)
  const file = candleFile(join(home, 'x_BTCUSD_1m.csv.gz'), [HEADER, ...quietRows(300)].join('\n'))
  const { paths } = await run(home, file)
  const path = segmentPath(paths.tape, 0)
  const whole = readFileSync(path)
  const recordAt = (record: number): number => RECORD_BYTES * (1 + record)
  const ledger = openLedger(paths.ledger, () => 'led')
  ledger.append({ ...entryOf(1, []), tape: { first: 290, bytes: whole.subarray(recordAt(290), recordAt(295)) } })
  ledger.append({ ...entryOf(2, []), tape: { first: 295, bytes: whole.subarray(recordAt(295)) } })
  ledger.close()

  const damaged = Buffer.from(whole.subarray(0, recordAt(296) + 5)).fill(0, recordAt(292), recordAt(293))
  writeFileSync(path, damaged)
  const { shared } = await run(home, file)
  expect(readFileSync(path).equals(whole)).toBe(true)
  expect(shared.brainBars.published()).toBe(300)
})

test('a tape that lost more than the ledger holds is refused where the engine has dealt with more', async () => {
  const home = folder(onTestFinished)
  const file = candleFile(join(home, 'x_BTCUSD_1m.csv.gz'), [HEADER, ...quietRows(300)].join('\n'))
  const { paths } = await run(home, file)
  const path = segmentPath(paths.tape, 0)
  const whole = readFileSync(path)
  const ledger = openLedger(paths.ledger, () => 'led')
  ledger.append({ ...entryOf(300, []), tape: { first: 290, bytes: whole.subarray(RECORD_BYTES * 291) } })
  ledger.close()
  writeFileSync(path, whole.subarray(0, RECORD_BYTES * 290))
  await expect(run(home, file, lastLedgerBar(paths.ledger))).rejects.toMatchObject({
    code: 65,
    message: expect.stringContaining('the tape ends at bar 289'),
  })
})
