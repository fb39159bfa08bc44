import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Exit, ExitError } from '../../src/exit.ts'
import { hashOf } from '../../src/hash.ts'
import { type Overrides, resolveSettings, type Settings } from '../../src/settings.ts'
import { inert } from '../../src/text.ts'

let home = ''
let file = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'aegis-settings-'))
  file = join(home, 'default', 'config.json')
  mkdirSync(dirname(file))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

type Given = { config?: string; env?: Record<string, string>; overrides?: Overrides }

const resolved = ({ config, env = {}, overrides = {} }: Given): Settings => {
  if (config !== undefined) writeFileSync(file, config)
  return resolveSettings({ env, home, instance: 'default', overrides, folder: home })
}

const refusal = (given: Given): ExitError => {
  try {
    resolved(given)
  } catch (error) {
    if (error instanceof ExitError) return error
    throw error
  }
  throw new Error('was not refused')
}

const candles = (name = 'candles.csv'): string => {
  writeFileSync(join(home, name), 't,open,high,low,close,volume\n')
  return name
}

describe('order of settings', () => {
  test('without a file, flags or variables there are defaults, and the mode is simulate', () => {
    const { config, modeOrigin, path, warnings, origins } = resolved({})
    expect(config.mode).toBe('simulate')
    expect({ modeOrigin, path, warnings }).toEqual({ modeOrigin: 'default', path: null, warnings: [] })
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
  })

  test.each([
    { says: 'the file beats the default', given: { config: '{"mode":"dry-run"}' }, mode: 'dry-run', origin: 'config' },
    {
      says: 'a variable beats the file',
      given: { config: '{"mode":"dry-run"}', env: { AEGIS_MODE: 'simulate' } },
      mode: 'simulate',
      origin: 'environment',
    },
    {
      says: 'a flag beats the variable',
      given: { config: '{"mode":"simulate"}', env: { AEGIS_MODE: 'simulate' }, overrides: { mode: 'dry-run' } },
      mode: 'dry-run',
      origin: 'flag',
    },
    { says: 'an empty variable counts as unset', given: { env: { AEGIS_MODE: '' } }, mode: 'simulate', origin: 'default' },
  ] as const)('$says', ({ given, mode, origin }) => {
    const settings = resolved(given)
    expect([settings.config.mode, settings.modeOrigin]).toEqual([mode, origin])
  })

  test('every effective value knows where it came from', () => {
    const { origins } = resolved({
      config: '{"risk":{"positionsMax":2},"feed":{"kind":"simulated","timeframe":"1m"}}',
      env: { AEGIS_SEED: '7' },
      overrides: { account: 'mine' },
    })
    expect(origins).toMatchObject({
      'risk.positionsMax': 'config',
      'risk.positionFraction': 'default',
      'feed.kind': 'config',
      'feed.timeframe': 'config',
      'feed.seed': 'environment',
      'feed.symbols': 'default',
      'paper.seed': 'environment',
      account: 'flag',
    })
  })

  test('comments and a trailing comma are fine in the file', () => {
    expect(resolved({ config: '// mine\n{ "risk": { "positionsMax": 3, /* few */ }, }\n' }).config.risk.positionsMax).toBe(3)
  })

  test('the hash is that of the effective settings, so the same settings from a flag and from the file agree', () => {
    const fromFlag = resolved({ overrides: { mode: 'dry-run' } })
    const fromFile = resolved({ config: '{"mode":"dry-run"}' })
    expect(fromFlag.configHash).toBe(fromFile.configHash)
    expect(fromFlag.configHash).toBe(hashOf(fromFlag.config))
    expect(fromFlag.configHash).not.toBe(resolved({ config: '{}' }).configHash)
  })

  test('another file can be named', () => {
    writeFileSync(join(home, 'other.json'), '{"mode":"dry-run"}')
    expect(resolved({ overrides: { config: 'other.json' } })).toMatchObject({ path: join(home, 'other.json'), modeOrigin: 'config' })
  })
})

describe('feed', () => {
  test('a replay file of a flag is found from the folder of the shell and made absolute', () => {
    const { config } = resolved({ overrides: { feed: `replay:${candles()}`, speed: '2.5', symbol: 'BTCUSD', timeframe: '1m' } })
    expect(config.feed).toEqual({ kind: 'replay', file: join(home, 'candles.csv'), speed: 2.5, symbol: 'BTCUSD', timeframe: '1m' })
  })

  test('a replay file of the settings is found from the folder of the settings', () => {
    writeFileSync(join(home, 'default', 'own.csv'), 't\n')
    expect(resolved({ config: '{"feed":{"kind":"replay","file":"own.csv"}}' }).config.feed).toMatchObject({
      file: join(home, 'default', 'own.csv'),
      speed: 'max',
    })
  })

  test('another replay file keeps the speed of the settings and forgets the symbol', () => {
    candles('one.csv')
    candles('two.csv')
    const config = '{"feed":{"kind":"replay","file":"../one.csv","speed":9,"symbol":"BTCUSD"}}'
    expect(resolved({ config, overrides: { feed: 'replay:two.csv' } }).config.feed).toEqual({
      kind: 'replay',
      file: join(home, 'two.csv'),
      speed: 9,
    })
  })

  test('simulated instead of a replay starts from the defaults', () => {
    candles()
    const config = '{"feed":{"kind":"replay","file":"../candles.csv"}}'
    expect(resolved({ config, overrides: { feed: 'simulated', symbol: 'BTCUSD,ETHUSD' } }).config.feed).toEqual({
      kind: 'simulated',
      seed: 1,
      timeframe: '1s',
      symbols: ['BTCUSD', 'ETHUSD'],
    })
  })

  test('a seed is the seed of the prices and of the paper venue', () => {
    const { feed, paper } = resolved({ overrides: { seed: '42' } }).config
    expect([feed, paper.seed]).toMatchObject([{ seed: 42 }, 42])
  })
})

describe('what is refused names its place', () => {
  test.each([
    { says: 'a missing comma', config: '{\n  "mode": "simulate"\n  "venue": "paper"\n}', place: ':3:3 (file)', expected: 'expected ","' },
    { says: 'an open brace', config: '{"mode": "simulate"', place: ':1:20 (file)', expected: 'expected "}"' },
    { says: 'an empty file', config: '', place: ':1:1 (file)', expected: 'expected a value' },
    { says: 'a list instead of an object', config: '[]', place: ':1:1 (file)', expected: 'expected object' },
    {
      says: 'a key given twice',
      config: '{\n "mode": "simulate",\n "mode": "dry-run"\n}',
      place: ':3:2 mode',
      expected: 'given twice, first in line 2',
    },
    {
      says: 'a key given twice further in',
      config: '{"risk": {"positionsMax": 1,\n"positionsMax": 2}}',
      place: ':2:1 risk.positionsMax',
      expected: 'given twice',
    },
    { says: 'an unknown key', config: '{\n  "mods": "simulate"\n}', place: ':2:3 mods', expected: 'did you mean mode?' },
    {
      says: 'an unknown key further in',
      config: '{"risk":\n {"positionMax": 1}}',
      place: ':2:3 risk.positionMax',
      expected: 'did you mean positionsMax?',
    },
    {
      says: 'an unknown key that is near nothing',
      config: '{"logs":{"zzzzzzzz":1}}',
      place: ':1:10 logs.zzzzzzzz',
      expected: 'known here are level, rotateBytes',
    },
    {
      says: 'an unknown key of one kind of feed',
      config: '{"feed":{"kind":"simulated","timefrane":"1m"}}',
      place: ':1:29 feed.timefrane',
      expected: 'did you mean timeframe?',
    },
    {
      says: 'an unknown key in a list',
      config: '{"instruments":[{"symbol":"AB","tick":"1","lot":"1"},\n{"symbol":"CD","tikc":"1","tick":"1","lot":"1"}]}',
      place: ':2:16 instruments[1].tikc',
      expected: 'did you mean tick?',
    },
    {
      says: 'a missing member',
      config: '{"instruments":[{"symbol":"AB","tick":"1"}]}',
      place: 'instruments[0].lot',
      expected: 'is missing; expected string',
    },
    {
      says: 'a number as text',
      config: '{"risk":{"positionsMax":"5"}}',
      place: ':1:25 risk.positionsMax',
      expected: 'expected number, received string',
    },
    {
      says: 'a number out of range',
      config: '{"risk":{"positionFraction":1.5}}',
      place: ':1:29 risk.positionFraction',
      expected: 'expected number to be <=1',
    },
    { says: 'an unknown word', config: '{"logs":{"level":"loud"}}', place: ':1:18 logs.level', expected: 'expected one of trace, debug' },
    { says: 'an unknown feed', config: '{"feed":{"kind":"live"}}', place: ':1:17 feed.kind', expected: 'expected one of simulated, replay' },
    { says: 'an unknown speed', config: '{"feed":{"kind":"replay","file":"x","speed":"fast"}}', place: 'feed.speed', expected: 'a number or "max"' },
    {
      says: 'an unknown mode, with the five',
      config: '{"mode":"LIVE"}',
      place: ':1:9 mode',
      expected: 'expected one of dry-run, simulate, paper, live, manual',
    },
    { says: 'a mode that the feed does not fit', config: '{"mode":"paper"}', place: ':1:9 mode', expected: 'market data of a real venue' },
    {
      says: 'more in a position than the guard lets through',
      config: '{"risk":{"positionFraction":0.1}}',
      place: ':1:29 risk.positionFraction',
      expected: 'above risk.positionFractionMax 0.05',
    },
    {
      says: 'a timeframe that is no multiple',
      config: '{"feed":{"kind":"simulated","timeframe":"2m"},"strategies":[{"id":"a","timeframe":"5m"}]}',
      place: 'strategies[0].timeframe',
      expected: "not a multiple of the feed's 2m",
    },
    {
      says: 'a timeframe shorter than the bars',
      config: '{"feed":{"kind":"simulated","timeframe":"5m"},"strategies":[{"id":"a","timeframe":"1m"}]}',
      place: 'strategies[0].timeframe',
      expected: 'not a multiple',
    },
    {
      says: 'a symbol nobody configured',
      config: '{"feed":{"kind":"simulated","symbols":["BTCUSD","NOPE"]}}',
      place: ':1:49 feed.symbols[1]',
      expected: 'not among the instruments',
    },
    {
      says: 'a symbol twice',
      config: '{"feed":{"kind":"simulated","symbols":["BTCUSD","BTCUSD"]}}',
      place: 'feed.symbols[1]',
      expected: 'is there twice',
    },
    {
      says: 'an instrument twice',
      config:
        '{"feed":{"kind":"simulated","symbols":["AB"]},"instruments":[{"symbol":"AB","tick":"1","lot":"1"},{"symbol":"AB","tick":"1","lot":"1"}]}',
      place: 'instruments[1].symbol',
      expected: 'is there twice',
    },
    {
      says: 'an instrument without a step',
      config: '{"feed":{"kind":"simulated","symbols":["AB"]},"instruments":[{"symbol":"AB","tick":"0.00","lot":"1"}]}',
      place: 'instruments[0].tick',
      expected: 'more than 0',
    },
    {
      says: 'a strategy twice',
      config: '{"strategies":[{"id":"a"},{"id":"a"}]}',
      place: ':1:27 strategies[1]',
      expected: 'twice with the same settings',
    },
    {
      says: 'a symbol of a strategy nobody configured',
      config: '{"strategies":[{"id":"a","symbols":["NOPE"]}]}',
      place: 'strategies[0].symbols[0]',
      expected: 'not among the instruments',
    },
    {
      says: 'a file that is not there',
      config: '{"feed":{"kind":"replay","file":"gone.csv"}}',
      place: ':1:33 feed.file',
      expected: 'does not exist',
    },
    { says: 'a folder instead of a file', config: '{"feed":{"kind":"replay","file":"."}}', place: 'feed.file', expected: 'is not a file' },
  ])('$says', ({ config, place, expected }) => {
    const { code, message } = refusal({ config })
    expect(message).toContain(`${file}:`)
    expect(message).toContain(place)
    expect(message).toContain(expected)
    expect(code).toBe(Exit.configuration)
  })

  test.each([
    {
      says: 'an unknown mode of a flag',
      given: { overrides: { mode: 'yolo' } },
      message: '--mode "yolo": unknown mode; expected one of dry-run, simulate, paper, live, manual',
    },
    { says: 'an unknown mode of a variable', given: { env: { AEGIS_MODE: 'Live' } }, message: 'AEGIS_MODE "Live": unknown mode' },
    { says: 'an unknown feed', given: { overrides: { feed: 'binance' } }, message: '--feed "binance": expected simulated or replay:FILE' },
    { says: 'a replay of nothing', given: { overrides: { feed: 'replay:' } }, message: 'expected simulated or replay:FILE' },
    { says: 'a replay of a file that is not there', given: { overrides: { feed: 'replay:gone.csv' } }, message: '--feed "replay:gone.csv": ' },
    { says: 'a speed without a replay', given: { overrides: { speed: '2' } }, message: 'only a replay has a speed' },
    {
      says: 'a speed of zero',
      given: { env: { AEGIS_SPEED: '0' }, overrides: { feed: 'replay:candles.csv' } },
      message: 'AEGIS_SPEED "0": expected max or a number above 0',
    },
    { says: 'a speed in words', given: { overrides: { feed: 'replay:candles.csv', speed: 'fast' } }, message: 'expected max or a number above 0' },
    { says: 'a negative seed', given: { overrides: { seed: '-1' } }, message: '--seed "-1": expected a whole number' },
    { says: 'a timeframe that is none', given: { overrides: { timeframe: '1w' } }, message: '--timeframe "1w": a timeframe is a number and' },
    { says: 'two symbols for one file', given: { overrides: { feed: 'replay:candles.csv', symbol: 'A,B' } }, message: 'one symbol' },
    {
      says: 'a symbol nobody configured',
      given: { overrides: { symbol: 'BTCUSD,NOPE' } },
      message: '--symbol "BTCUSD,NOPE": NOPE is not among the instruments',
    },
    { says: 'an account without a name', given: { overrides: { account: '' } }, message: '--account ""' },
    {
      says: 'a settings file that was named and is not there',
      given: { overrides: { config: 'gone.json' } },
      message: 'gone.json: cannot be read: ENOENT',
    },
  ])('$says', ({ given, message }) => {
    candles()
    const error = refusal(given)
    expect(error.message).toContain(message)
    expect(error.code).toBe(Exit.configuration)
  })

  test('everything that is wrong is said at once', () => {
    const { message } = refusal({ config: '{"mods":1,\n"risk":{"positionsMax":0}}', overrides: { seed: 'x' } })
    expect(message.split('\n')).toHaveLength(3)
  })

  test('a replay file that may not be read', () => {
    chmodSync(join(home, candles()), 0)
    const root = process.getuid?.() === 0
    if (root) {
      // Root may read everything, so it looks with the eyes of nobody.
      chmodSync(home, 0o755)
      process.seteuid?.('nobody')
    }
    try {
      expect(refusal({ overrides: { feed: 'replay:candles.csv' } }).message).toContain('cannot be read: EACCES')
    } finally {
      if (root) process.seteuid?.(0)
    }
  })

  test('a hostile name of a key is inert', () => {
    const { message } = refusal({ config: '{"\\u001b]0;owned\\u0007": 1}' })
    expect(message).toBe(inert(message))
  })
})

describe('live gate', () => {
  test.each([
    { says: 'a flag', given: { overrides: { mode: 'live' } } },
    { says: 'a variable', given: { env: { AEGIS_MODE: 'live' } } },
    { says: 'the file', given: { config: '{"mode":"live"}' } },
    { says: 'manual tickets', given: { overrides: { mode: 'manual' } } },
  ])('nothing opens it: $says', ({ given }) => {
    const { code, message } = refusal(given)
    expect([code, message]).toEqual([Exit.gateClosed, expect.stringContaining('the live gate is closed: this build has no venue for it')])
  })
})

describe('secrets in the file', () => {
  const random = 'q8Zt3LmX0vPaR7sKd2NfYw5B'
  test.each([
    { says: 'a key of that name', config: '{"apiKey":"x"}', field: 'apiKey' },
    {
      says: 'a key of that name further in',
      config: '{"strategies":[{"id":"a","params":{"broker_secret":1}}]}',
      field: 'strategies[0].params.broker_secret',
    },
    { says: 'a PEM block', config: '{"account":"-----BEGIN PRIVATE KEY-----"}', field: 'account' },
    { says: 'a long random text', config: `{"strategies":[{"id":"a","params":{"note":"${random}"}}]}`, field: 'params.note' },
    { says: 'a long hexadecimal text', config: `{"account":"${'0123456789abcdef'.repeat(4)}"}`, field: 'account' },
    { says: 'a key with a mark of its issuer', config: '{"account":"AKIAIOSFODNN7EXAMPLE"}', field: 'account' },
  ])('$says', ({ config, field }) => {
    const { code, message } = refusal({ config })
    expect([code, message]).toEqual([Exit.configuration, expect.stringContaining(field)])
    expect(message).toContain('secret')
    expect(message).not.toContain(random)
  })

  test('a path, an account number and a schema address are none', () => {
    const long = 'BTCUSD_Bitfinex_1m_2021Q3Q4_Final.csv'
    candles(long)
    const config = `{"$schema":"https://example.org/aegis/Config2024Schema.json","account":"PA3X7K2QW9","feed":{"kind":"replay","file":"../${long}"}}`
    expect(resolved({ config }).config.account).toBe('PA3X7K2QW9')
  })
})

describe('warnings', () => {
  test('a variable of our prefix that nobody reads', () => {
    expect(resolved({ env: { AEGIS_MOD: 'live', AEGIS_HOME: home, OTHER: 'x' } }).warnings).toEqual([
      'AEGIS_MOD is not a setting and has no effect; did you mean AEGIS_MODE?',
    ])
  })

  test('a strategy for a symbol that the feed does not bring', () => {
    expect(resolved({ config: '{"strategies":[{"id":"a","symbols":["LTCUSD"]}]}' }).warnings).toEqual([
      'strategy a waits for LTCUSD, which the feed does not bring',
    ])
  })
})
