import type { DetailPane } from '../store/views.ts'
import { breaker } from './breaker.ts'
import { cycle } from './cycle.ts'
import type { DetailPresenter } from './detail.ts'
import { engine } from './engine.ts'
import { entry } from './entry.ts'
import { line } from './line.ts'
import { position } from './position.ts'
import { why } from './why.ts'

/** Every detail pane of the console. */
export const DETAILS: Readonly<Record<DetailPane, DetailPresenter>> = { cycle, why, breaker, position, entry, line, engine }
