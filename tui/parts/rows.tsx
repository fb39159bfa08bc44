import { Box } from 'ink'
import type { Line } from '../present/line.ts'
import { Row } from './row.tsx'

/** Exactly `height` rows: what is missing is blank, what is too much is not drawn. */
export const Rows = ({ lines, width, height }: { readonly lines: readonly Line[]; readonly width: number; readonly height: number }) => (
  <Box flexDirection="column" width={width} height={height} flexShrink={0}>
    {Array.from({ length: height }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
      <Row key={index} line={lines[index] ?? []} width={width} />
    ))}
  </Box>
)
