import { Box } from 'ink'
import { type Area, layout } from '../store/layout.ts'
import { useConsole, type ViewProps } from '../store/use-console.ts'
import { PANE_VIEWS } from './panes.tsx'

/** All panes: one below the other, or two columns with the log below. */
export const Overview = ({ store }: ViewProps) => {
  const size = useConsole(store, (state) => state.size)
  const zoomed = useConsole(store, (state) => (state.zoomed ? state.pane : null))
  const found = layout(size, zoomed)
  const pane = (area: Area) => {
    const View = PANE_VIEWS[area.pane]
    return <View key={area.pane} store={store} area={area} />
  }
  if (found.kind === 'mini') return null
  if (found.kind === 'stacked') return <Box flexDirection="column">{found.areas.map(pane)}</Box>
  return (
    <Box flexDirection="column">
      <Box gap={1}>
        <Box flexDirection="column">{found.left.map(pane)}</Box>
        <Box flexDirection="column">{found.right.map(pane)}</Box>
      </Box>
      {found.strip.map(pane)}
    </Box>
  )
}
