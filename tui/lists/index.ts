import type { ListPane } from '../store/views.ts'
import { alerts } from './alerts.ts'
import { audit } from './audit.ts'
import { breakers } from './breakers.ts'
import { cycles } from './cycles.ts'
import { decisions } from './decisions.ts'
import { fleet } from './fleet.ts'
import { guards } from './guards.ts'
import { lights } from './lights.ts'
import type { AnyList } from './list.ts'
import { orders } from './orders.ts'
import { pipeline } from './pipeline.ts'
import { positions } from './positions.ts'
import { processes } from './processes.ts'
import { risk } from './risk.ts'
import { sources } from './sources.ts'
import { strategies } from './strategies.ts'
import { trades } from './trades.ts'

/** Every list of the console. */
export const LISTS: Readonly<Record<ListPane, AnyList>> = {
  cycles,
  processes,
  positions,
  breakers,
  guards,
  risk,
  sources,
  pipeline,
  alerts,
  decisions,
  orders,
  trades,
  audit,
  fleet,
  lights,
  strategies,
}
