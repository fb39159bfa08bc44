import { createContext } from 'react'
import { colourTheme, type Theme } from '../theme.ts'

/** How text becomes what the terminal gets. */
export type Paint = { readonly theme: Theme; readonly ascii: boolean }

export const PaintContext = createContext<Paint>({ theme: colourTheme, ascii: false })
