import { closeSync, openSync, statSync } from 'node:fs'
import type { Config } from '../contracts/config.ts'
import { timeframeMs } from '../contracts/market.ts'
import { canonical } from '../hash.ts'
import type { Path } from '../jsonc.ts'
import { inert } from '../text.ts'

/** What no single field can tell: settings that do not fit together. */
export type Clash = { readonly path: Path; readonly message: string }

const repeated = (values: readonly string[]): number[] => values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []))

const instruments = ({ instruments }: Config): Clash[] => [
  ...repeated(instruments.map(({ symbol }) => symbol)).map((index) => ({
    path: ['instruments', index, 'symbol'],
    message: `${instruments[index]?.symbol} is there twice`,
  })),
  ...instruments.flatMap((instrument, index) =>
    (['tick', 'lot'] as const).flatMap((size) =>
      Number(instrument[size]) > 0 ? [] : [{ path: ['instruments', index, size], message: 'expected more than 0' }],
    ),
  ),
]

/** Symbols that the feed brings, as far as the settings say; a replay's symbol may be found in its file's name. */
const fedSymbols = ({ feed }: Config): readonly string[] | null =>
  feed.kind === 'simulated' ? feed.symbols : feed.symbol === undefined ? null : [feed.symbol]

const symbols = (config: Config): Clash[] => {
  const known = new Set(config.instruments.map(({ symbol }) => symbol))
  const unknown = (path: Path, symbol: string): Clash[] =>
    known.has(symbol) ? [] : [{ path, message: `${symbol} is not among the instruments; add its tick and lot there` }]
  const list = (path: Path, given: readonly string[]): Clash[] => [
    ...given.flatMap((symbol, index) => unknown([...path, index], symbol)),
    ...repeated(given).map((index) => ({ path: [...path, index], message: `${given[index]} is there twice` })),
  ]
  return [
    ...(config.feed.kind === 'simulated' ? list(['feed', 'symbols'], config.feed.symbols) : []),
    ...(config.feed.kind === 'replay' && config.feed.symbol !== undefined ? unknown(['feed', 'symbol'], config.feed.symbol) : []),
    ...(config.strategies ?? []).flatMap(({ symbols = [] }, index) => list(['strategies', index, 'symbols'], symbols)),
  ]
}

const strategies = ({ feed, strategies = [] }: Config): Clash[] => {
  const texts = strategies.map(canonical)
  const twice = repeated(texts).map((index) => ({
    path: ['strategies', index],
    message: `${strategies[index]?.id} is there twice with the same settings`,
  }))
  const bar = feed.timeframe
  if (bar === undefined) return twice
  const misfits = strategies.flatMap(({ timeframe }, index) =>
    timeframe === undefined || timeframeMs(timeframe) % timeframeMs(bar) === 0
      ? []
      : [
          {
            path: ['strategies', index, 'timeframe'],
            message: `${timeframe} is not a multiple of the feed's ${bar}, so no whole number of its bars makes one`,
          },
        ],
  )
  return [...twice, ...misfits]
}

const risk = ({ risk }: Config): Clash[] =>
  risk.positionFraction <= risk.positionFractionMax
    ? []
    : [
        {
          path: ['risk', 'positionFraction'],
          message: `${risk.positionFraction} is above risk.positionFractionMax ${risk.positionFractionMax}: the guard would refuse every entry`,
        },
      ]

const feedFile = ({ feed }: Config): Clash[] => {
  if (feed.kind !== 'replay') return []
  const refuse = (message: string): Clash[] => [{ path: ['feed', 'file'], message }]
  const stat = statSync(feed.file, { throwIfNoEntry: false })
  if (stat === undefined) return refuse(`${inert(feed.file)} does not exist`)
  if (!stat.isFile()) return refuse(`${inert(feed.file)} is not a file`)
  try {
    closeSync(openSync(feed.file, 'r')) // opened, because what is asked of `access` is another question
  } catch (error) {
    return refuse(`${inert(feed.file)} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
  return []
}

const mode = ({ mode, feed }: Config): Clash[] =>
  mode === 'paper'
    ? [
        {
          path: ['mode'],
          message: `paper needs market data of a real venue, and the feed is ${feed.kind}; this build has no venue feed, use simulate`,
        },
      ]
    : []

export const clashes = (config: Config): Clash[] => [instruments, symbols, strategies, risk, feedFile, mode].flatMap((check) => check(config))

/** What can be run but hardly was meant. */
export const doubts = (config: Config): string[] => {
  const fed = fedSymbols(config)
  if (fed === null) return []
  return (config.strategies ?? []).flatMap(({ id, symbols = [] }) =>
    symbols.filter((symbol) => !fed.includes(symbol)).map((symbol) => `strategy ${id} waits for ${symbol}, which the feed does not bring`),
  )
}
