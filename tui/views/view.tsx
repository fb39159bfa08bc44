import { Box } from 'ink'
import type { Area } from '../store/layout.ts'
import { COLUMN_GAP, layout } from '../store/layout.ts'
import { useConsole, type ViewProps } from '../store/use-console.ts'
import { Pane } from './panes.tsx'

/** The panes of the open view: one below the other, or two columns with a strip below. */
export const View = ({ store }: ViewProps) => {
  const size = useConsole(store, (state) => state.size)
  const view = useConsole(store, (state) => state.view)
  const detail = useConsole(store, (state) => state.details[state.view])
  const zoomed = useConsole(store, (state) => (state.zoomed ? state.pane : null))
  const found = layout({ size, view, detail, zoomed })
  const pane = (area: Area) => <Pane key={area.pane} store={store} area={area} />
  if (found.kind === 'mini') return null
  if (found.kind === 'stacked') return <Box flexDirection="column">{found.areas.map(pane)}</Box>
  return (
    <Box flexDirection="column">
      {found.left.length + found.right.length === 0 ? null : (
        <Box gap={COLUMN_GAP}>
          {found.left.length === 0 ? null : <Box flexDirection="column">{found.left.map(pane)}</Box>}
          {found.right.length === 0 ? null : <Box flexDirection="column">{found.right.map(pane)}</Box>}
        </Box>
      )}
      {found.strip.map(pane)}
    </Box>
  )
}
