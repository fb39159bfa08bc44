import type { ConsoleState } from '../store/state.ts'
import type { ConsoleStore } from '../store/use-console.ts'
import type { ChartRenderer } from './chart.ts'

/** Loads the pictures of blessed-contrib when charts are first looked at that are drawn with them. Returns what stops it. */
export const loadWhenShown = (store: ConsoleStore, load: () => Promise<ChartRenderer>): (() => void) => {
  const look = (): void => {
    if (!isWanted(store.get())) return
    store.update({ kind: 'chart', changes: { contrib: { kind: 'loading' } } })
    load().then(
      (render) => store.update({ kind: 'chart', changes: { contrib: { kind: 'ready', render } } }),
      (error: unknown) => store.update({ kind: 'chart', changes: { contrib: { kind: 'failed', reason: String(error) } } }),
    )
  }
  look()
  return store.subscribe(look)
}

const isWanted = ({ view, ascii, settings, chart }: ConsoleState): boolean =>
  view === 'charts' && !ascii && settings.charts === 'contrib' && chart.contrib.kind === 'none'
