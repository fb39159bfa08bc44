import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { main } from '../../engine/feed/main.ts'
import { plainShared } from '../../engine/ring/shared.ts'
import type { Boot, FromChild } from '../../engine/supervisor/messages.ts'
import { openTapeReader } from '../../engine/tape/reader.ts'
import { systemClock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import { instancePaths } from '../../src/home.ts'
import { candleFile, folder, HEADER, INSTRUMENTS, quietRows } from './fakes.ts'

/** The process's `main` over the real tape, real rings and real timers, as the child runner calls it. */
const run = async (home: string, file: string) => {
  const paths = instancePaths(home, 'default')
  mkdirSync(paths.data, { recursive: true })
  const shared = plainShared()
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
