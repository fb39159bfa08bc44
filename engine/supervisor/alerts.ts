import type { Logger } from 'pino'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Hub } from '../control/hub.ts'

const ALERTS_KEPT = 20

type Level = Snapshot['alerts'][number]['level']

/** What a person should see, newest first: in the snapshot until it was seen, and in the log for good. */
export type Alerts = {
  readonly tell: (level: Level, text: string) => void
  /** Marks one as seen, null all of them; returns how many were open. */
  readonly acknowledge: (id: number | null, by: string) => number
}

const LOG_LEVELS = { critical: 'error', warning: 'warn', info: 'info' } as const satisfies Record<Level, keyof Logger>

export const createAlerts = (hub: Pick<Hub, 'get' | 'update'>, log: Pick<Logger, 'error' | 'warn' | 'info'>, now: () => number): Alerts => {
  let told = 0
  return {
    tell: (level, text) => {
      log[LOG_LEVELS[level]](text)
      told += 1
      const alerts = [{ id: told, at: now(), level, text, acknowledgedBy: null }, ...hub.get().snapshot.alerts].slice(0, ALERTS_KEPT)
      hub.update({ alerts }, level === 'critical')
    },
    acknowledge: (id, by) => {
      const { alerts } = hub.get().snapshot
      const isMeant = (each: Snapshot['alerts'][number]): boolean => each.acknowledgedBy === null && (id === null || each.id === id)
      const marked = alerts.filter(isMeant).length
      if (marked > 0) hub.update({ alerts: alerts.map((each) => (isMeant(each) ? { ...each, acknowledgedBy: by } : each)) })
      return marked
    },
  }
}
