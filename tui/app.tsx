import { type Instance, render } from 'ink'
import { useMemo } from 'react'
import { type Paint, PaintContext } from './parts/paint.ts'
import { type ConsoleStore, useConsole } from './store/use-console.ts'
import type { GatedStdout } from './terminal/gated-stdout.ts'
import { CLEAR } from './terminal/session.ts'
import { colourTheme, monoTheme, type Theme } from './theme.ts'
import { Frame } from './views/frame.tsx'

/** What there is to paint with; without colours there is only one theme, whatever is chosen. */
export type Palette = { readonly themes: Readonly<Record<string, Theme>>; readonly mono: boolean; readonly ascii: boolean }

export const App = ({ store, palette }: { readonly store: ConsoleStore; readonly palette: Palette }) => {
  const name = useConsole(store, ({ settings }) => settings.theme)
  const paint = useMemo((): Paint => {
    const { themes, mono, ascii } = palette
    return { theme: mono ? monoTheme : (themes[name] ?? colourTheme), ascii }
  }, [palette, name])
  return (
    <PaintContext value={paint}>
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
export const mount = (store: ConsoleStore, stdout: GatedStdout, palette: Palette): Mounted => {
  const instance: Instance = render(<App store={store} palette={palette} />, {
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
