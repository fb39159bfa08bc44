import { Text } from 'ink'
import { use } from 'react'
import { fitLine, type Line, ascii as toAscii } from '../present/line.ts'
import { PaintContext } from './paint.ts'

/** One row of the screen, never wider than its place, with nothing in it that a terminal would obey. */
export const Row = ({ line, width }: { readonly line: Line; readonly width: number }) => {
  const { theme, ascii } = use(PaintContext)
  const fitted = fitLine(line, width)
  return (
    <Text wrap="truncate">
      {fitted.length === 0
        ? ' '
        : fitted.map(({ text, tone = 'text' }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name than their place
            <Text key={index} {...theme[tone]}>
              {ascii ? toAscii(text) : text}
            </Text>
          ))}
    </Text>
  )
}
