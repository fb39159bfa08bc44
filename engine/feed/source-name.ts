import { basename } from 'node:path'
import { type Instrument, Timeframe } from '../../src/contracts/market.ts'

/** Letters and digits only: `BTC/USD`, `btc-usd` and `BTCUSD` are one name. */
export const bareSymbol = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')

const parts = (file: string): string[] => basename(file).split(/[_\s.]+/)

/** The configured instrument that a part of the file's name names; the longest part where several do. */
export const symbolOfName = (file: string, instruments: readonly Instrument[]): Instrument | null => {
  const names = parts(file)
    .map(bareSymbol)
    .sort((one, other) => other.length - one.length)
  for (const name of names) {
    const found = instruments.find(({ symbol }) => bareSymbol(symbol) === name)
    if (found !== undefined) return found
  }
  return null
}

/** `…_1m_2018.csv` says 1m. */
export const timeframeOfName = (file: string): Timeframe | null => parts(file).find((part) => Timeframe.safeParse(part).success) ?? null

/** The distance that most rows have to the one before; the shorter of two equally common ones, null where no row goes on. */
export const commonDistance = (times: readonly number[]): number | null => {
  const counts = new Map<number, number>()
  for (let index = 1; index < times.length; index += 1) {
    const distance = (times[index] as number) - (times[index - 1] as number)
    if (distance > 0) counts.set(distance, (counts.get(distance) ?? 0) + 1)
  }
  let best: number | null = null
  for (const [distance, count] of counts) {
    const most = best === null ? 0 : (counts.get(best) ?? 0)
    if (best === null || count > most || (count === most && distance < best)) best = distance
  }
  return best
}
