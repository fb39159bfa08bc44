import { type Instance, render } from 'ink'
import { useMemo } from 'react'
import { type Paint, PaintContext } from './parts/paint.ts'
import { type ConsoleStore, useConsole } from './store/use-console.ts'
import type { GatedStdout } from './terminal/gated-stdout.ts'
import { CLEAR } from './terminal/session.ts'
import { monoTheme, THEMES } from './theme.ts'
import { Frame } from './views/frame.tsx'

export const App = ({ store, paint }: { readonly store: ConsoleStore; readonly paint: Paint }) => {
  const theme = useConsole(store, ({ settings }) => settings.theme)
  // Without colours there is only one theme, whatever was chosen.
  const painted = useMemo(() => (paint.theme === monoTheme ? paint : { ...paint, theme: THEMES[theme] ?? paint.theme }), [paint, theme])
  return (
    <PaintContext value={painted}>
      <Frame store={store} />
    </PaintContext>
  )
}

export type Mounted = {
  /** Draws the whole screen anew, whatever is on it. */
  readonly repaint: () => void
  readonly unmount: () => void
  /** Rejects with what a component threw. */
  readonly ended: Promise<unknown>
}

/**
 * Draws the console on a terminal that is ours already. The keyboard is not Ink's: it would take an ESC and the key after it for one
 * key, lose its keyboard in a paste without an end, and hand several letters over as one.
 */
export const mount = (store: ConsoleStore, stdout: GatedStdout, paint: Paint): Mounted => {
  const instance: Instance = render(<App store={store} paint={paint} />, {
    stdout,
    interactive: true,
    incrementalRendering: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  return {
    repaint: () => {
      // Ink forgets what it drew, which it does by erasing lines: that must not be seen.
      stdout.muted(() => instance.clear())
      stdout.beforeNextFrame(CLEAR)
      stdout.redraw()
    },
    unmount: () => instance.unmount(),
    ended: instance.waitUntilExit(),
  }
}
