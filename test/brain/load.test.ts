import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultStrategies } from '../../engine/brain/built-in/defaults.ts'
import { type Loaded, loadStrategies } from '../../engine/brain/load.ts'
import { createBrain } from '../../engine/brain/machine.ts'
import type { BrainRecord } from '../../engine/supervisor/messages.ts'
import { Config, StrategySetting } from '../../src/contracts/config.ts'
import { timeframeMs } from '../../src/contracts/market.ts'
import { hashOf, sha256 } from '../../src/hash.ts'
import { BTC, MINUTE, signalsOf, walk } from './make.ts'

let instance = ''
let folder = ''
let configFile = ''
beforeEach(() => {
  instance = mkdtempSync(join(tmpdir(), 'aegis strategies-')) // a blank in the path, as on many a machine
  folder = join(instance, 'strategies')
  configFile = join(instance, 'config.json')
  mkdirSync(folder)
})
afterEach(() => rmSync(instance, { recursive: true, force: true }))

const write = (name: string, ...lines: string[]): string => {
  const path = join(folder, name)
  writeFileSync(path, lines.join('\n'))
  return path
}
const load = (...settings: Record<string, unknown>[]): Loaded =>
  loadStrategies({ settings: settings.map((setting) => StrategySetting.parse(setting)), folder, configFile, symbols: ['BTCUSD'] })
const reasonOf = (...settings: Record<string, unknown>[]): string => {
  const { strategies, failures } = load(...settings, { id: 'sma-cross' })
  expect(strategies.at(-1)?.id).toBe('sma-cross') // whatever is wrong stops that strategy only
  expect(failures.length).toBe(1)
  return failures[0]?.reason ?? ''
}

const IMPORT = `import { defineStrategy, z } from 'aegis-console/strategy'`
const body = (id: string, more = `warmup: 0, onBar() {}`) =>
  `export default defineStrategy({ id: '${id}', params: z.strictObject({ length: z.int().min(2).default(5) }), timeframe: '15m', ${more} })`

describe('a strategy of the user', () => {
  test('in TypeScript is loaded without a build step and trades', () => {
    const path = join(folder, 'ema-pullback.ts')
    copyFileSync(join(import.meta.dirname, 'fixtures', 'ema-pullback.ts'), path)
    const { strategies, failures } = load({ id: 'ema-pullback', timeframe: '5m', params: { slow: 30 } })
    expect(failures).toEqual([])
    expect(strategies).toMatchObject([
      {
        id: 'ema-pullback',
        source: path,
        timeframe: '5m',
        timeframeMs: 5 * MINUTE,
        warmup: 180,
        params: { fast: 20, slow: 30, stop: 2 },
        paramsHash: hashOf({ stop: 2, slow: 30, fast: 20 }),
        sourceHash: sha256(readFileSync(path, 'utf8')),
        symbols: null,
      },
    ])
    const records: BrainRecord[] = []
    const brain = createBrain({ instruments: [BTC], strategies, feedTimeframeMs: MINUTE })
    for (const bar of walk({ seed: 4, bars: 10_000 })) brain.onBar(bar, (record) => records.push(record), true)
    expect(records.length).toBe(signalsOf(records).length)
    expect(records.length).toBeGreaterThan(10)
  })

  test('in JavaScript too, and it may import a file beside it and zod', () => {
    write('helper.ts', `export const half = (value: number): number => value / 2`)
    write(
      'mine.js',
      `import { z } from 'zod'`,
      `import { defineStrategy } from 'aegis-console/strategy'`,
      `import { half } from './helper.ts'`,
      body('mine', 'warmup: half(8), onBar() {}'),
    )
    expect(load({ id: 'mine' })).toMatchObject({ failures: [], strategies: [{ id: 'mine', timeframe: '15m', warmup: 4, params: { length: 5 } }] })
  })

  test('behind a symbolic link is loaded, and its errors name the file itself', () => {
    const path = write('linked.ts', IMPORT, '', body('linked', `warmup: () => { throw new Error('how much') }, onBar() {}`))
    const link = join(instance, 'link')
    symlinkSync(folder, link)
    const { failures } = loadStrategies({ settings: [StrategySetting.parse({ id: 'linked' })], folder: link, configFile, symbols: [] })
    expect(failures[0]?.reason).toBe(`how much (${path}:3)`)
  })

  test('that throws is stopped with its own file and line', () => {
    const lines = [`type Unused = { readonly a: number }`, `const boom = (): never => {`, `  throw new Error('boom')`, `}`]
    const path = write('thrower.ts', IMPORT, ...lines, body('thrower', 'warmup: 0, onBar: boom'))
    const { strategies } = load({ id: 'thrower', timeframe: '1m' })
    const records: BrainRecord[] = []
    const brain = createBrain({ instruments: [BTC], strategies, feedTimeframeMs: MINUTE })
    for (const bar of walk({ seed: 1, bars: 2 })) brain.onBar(bar, (record) => records.push(record), true)
    expect(records).toMatchObject([{ kind: 'strategyStopped', reason: `boom (${path}:4)` }])
  })
})

describe('what is wrong is said with file, line and the mend', () => {
  const file = (name: string) => join(folder, name)

  test.each([
    { says: 'a syntax error in TypeScript', name: 'bad.ts', lines: [IMPORT, '', 'export default {{'], place: 3, reason: 'Expected' },
    { says: 'a syntax error in JavaScript', name: 'bad.js', lines: [IMPORT, '', '', 'export default {{'], place: 4, reason: 'Expected' },
    { says: 'an enum', name: 'bad.ts', lines: [IMPORT, 'enum Side { a }', body('bad')], place: 2, reason: 'use no enum' },
    { says: 'code that throws while it is loaded', name: 'bad.ts', lines: [IMPORT, '', `throw new Error('no luck')`], place: 3, reason: 'no luck' },
    {
      says: 'a name that we do not export',
      name: 'bad.ts',
      lines: ['', `import { nope } from 'aegis-console/strategy'`, 'export default nope'],
      place: 2,
      reason: 'nope',
    },
    { says: 'nothing exported', name: 'bad.ts', lines: [IMPORT, 'export const a = 1'], place: 1, reason: 'write "export default defineStrategy(' },
    {
      says: 'something else exported',
      name: 'bad.ts',
      lines: [IMPORT, `export default { id: 'bad', onBar() {} }`],
      place: 1,
      reason: 'write "export default defineStrategy(',
    },
    { says: 'a wrong shape', name: 'bad.ts', lines: [IMPORT, '', body('bad', `warmup: 'much', onBar() {}`)], place: 3, reason: 'warmup is a number' },
    {
      says: 'params that are no schema',
      name: 'bad.ts',
      lines: [IMPORT, `export default defineStrategy({ id: 'bad', params: {}, timeframe: '1h', warmup: 0, onBar() {} })`],
      place: 2,
      reason: 'params is a zod object',
    },
    {
      says: 'a timeframe that is none',
      name: 'bad.ts',
      lines: [IMPORT, `export default defineStrategy({ id: 'bad', params: z.object({}), timeframe: 'hourly', warmup: 0, onBar() {} })`],
      place: 2,
      reason: 'timeframe is a number and',
    },
    {
      says: 'a warmup that throws',
      name: 'bad.ts',
      lines: [IMPORT, '', '', body('bad', `warmup: () => { throw new Error('how much') }, onBar() {}`)],
      place: 4,
      reason: 'how much',
    },
  ])('$says', ({ name, lines, place, reason }) => {
    write(name, ...lines)
    const said = reasonOf({ id: 'bad' })
    expect(said).toContain(`${file(name)}:${place}`)
    expect(said).toContain(reason)
  })

  test.each([
    { says: 'another id than the file', lines: [IMPORT, body('other')], reason: 'its id is other: call it bad' },
    { says: 'a package that is not there', lines: [`import 'lodash'`, IMPORT, body('bad')], reason: 'import only aegis-console/strategy' },
    { says: 'an await at the top', lines: [IMPORT, 'await 1', body('bad')], reason: 'use no await outside of functions' },
    { says: 'a warmup that is no number of bars', lines: [IMPORT, body('bad', 'warmup: () => 1.5, onBar() {}')], reason: 'warmup gave 1.5' },
    {
      says: 'a check that has to be awaited',
      lines: [
        IMPORT,
        `export default defineStrategy({ id: 'bad', params: z.object({}).refine(async () => true), timeframe: '1h', warmup: 0, onBar() {} })`,
      ],
      reason: 'Promise',
    },
  ])('$says', ({ lines, reason }) => {
    write('bad.ts', ...lines)
    const said = reasonOf({ id: 'bad' })
    expect(said).toContain(file('bad.ts'))
    expect(said).toContain(reason)
  })

  test('a file that is missing', () => {
    const said = reasonOf({ id: 'missing' })
    expect(said).toContain(`write ${file('missing.ts')}`)
    expect(said).toContain('sma-cross, breakout')
  })

  test('two files of one name', () => {
    write('bad.ts', IMPORT, body('bad'))
    write('bad.js', IMPORT, body('bad'))
    expect(reasonOf({ id: 'bad' })).toContain('remove one of them')
  })

  test('a file with the name of a built-in strategy: neither is taken', () => {
    write('breakout.ts', IMPORT, body('breakout'))
    const { strategies, failures } = load({ id: 'breakout' })
    expect(strategies).toEqual([])
    expect(failures[0]?.reason).toContain(`${file('breakout.ts')} has the name of a built-in strategy`)
  })

  test.each([
    { says: 'a param out of its range', params: { fast: 0 }, line: 5, reason: 'params.fast: Too small' },
    { says: 'a param that there is not', params: { fats: 3 }, line: 5, reason: 'it takes fast, slow' },
    { says: 'params that do not go together', params: { fast: 60 }, line: 5, reason: 'fast is less than slow' },
  ])('$says, in the line of the settings file', ({ params, line, reason }) => {
    writeFileSync(
      configFile,
      ['{', '  // mine', '  "strategies": [', '    { "id": "sma-cross",', `      "params": ${JSON.stringify(params)}`, '    }', '  ]', '}'].join(
        '\n',
      ),
    )
    const said = load({ id: 'sma-cross', params }).failures[0]?.reason
    expect(said).toContain(`${configFile}:${line}`)
    expect(said).toContain(reason)
  })

  test('a setting without a file is named by its path', () => {
    expect(load({ id: 'breakout' }, { id: 'sma-cross', params: { fast: -1 } }).failures[0]?.reason).toContain('setting strategies[1].params.fast')
  })

  test('a symbol that is not configured', () => {
    expect(load({ id: 'sma-cross', symbols: ['DOGEUSD'] }).failures[0]?.reason).toContain('DOGEUSD is not among "instruments"')
  })

  test('the same setting twice, also where one of them writes out a default', () => {
    const { strategies, failures } = load(
      { id: 'sma-cross' },
      { id: 'sma-cross', timeframe: '1h', params: { fast: 20 } },
      { id: 'sma-cross', timeframe: '2h' },
    )
    expect(strategies.map(({ timeframe }) => timeframe)).toEqual(['1h', '2h'])
    expect(failures[0]?.reason).toContain('is there already')
  })
})

test('a bare Node loads it the same way, names the line of a wrong import, and warns of nothing', () => {
  copyFileSync(join(import.meta.dirname, 'fixtures', 'ema-pullback.ts'), join(folder, 'ema-pullback.ts'))
  const path = write('bad.ts', '', `import { nope } from 'aegis-console/strategy'`, 'export default nope')
  const setup = { settings: ['ema-pullback', 'bad'].map((id) => StrategySetting.parse({ id })), folder, configFile, symbols: [] }
  const script = `
    const { loadStrategies } = await import(${JSON.stringify(new URL('../../engine/brain/load.ts', import.meta.url))})
    const { strategies, failures } = loadStrategies(${JSON.stringify(setup)})
    console.log(JSON.stringify({ ids: strategies.map(({ id }) => id), failures }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({ ids: ['ema-pullback'], failures: [{ id: 'bad', reason: expect.stringContaining(`(${path}:2)`) }] })
})

describe('the default strategies', () => {
  const feed = (part: Record<string, unknown>) => Config.parse({ feed: part }).feed

  test('are quick on the simulated feed', () => {
    const settings = defaultStrategies(feed({ kind: 'simulated' }), 1_000)
    expect(settings).toMatchObject([
      { id: 'sma-cross', timeframe: '2s', params: { fast: 6, slow: 18 } },
      { id: 'breakout', timeframe: '5s' },
    ])
  })

  test.each(['100ms', '1s', '30s', '1m', '2m', '5m', '7m', '15m', '1h', '4h', '1d'])('load and fit a replay of %s bars', (base) => {
    const settings = defaultStrategies(feed({ kind: 'replay', file: 'a.csv' }), timeframeMs(base))
    const { strategies, failures } = load(...settings)
    expect(failures).toEqual([])
    for (const strategy of strategies) expect(strategy.timeframeMs % timeframeMs(base)).toBe(0)
    if (base === '1m') expect(strategies.map(({ timeframe }) => timeframe)).toEqual(['1h', '4h'])
  })
})
