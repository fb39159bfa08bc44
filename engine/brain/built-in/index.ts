import type { Strategy } from '../strategy.ts'
import { breakout } from './breakout.ts'
import { smaCross } from './sma-cross.ts'

/** Every strategy that comes with the engine, by name. Its file here bears the same name. */
export const BUILT_IN: ReadonlyMap<string, Strategy> = new Map([smaCross, breakout].map((strategy) => [strategy.id, strategy]))
