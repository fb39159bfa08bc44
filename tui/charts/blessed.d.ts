/** What of two untyped packages is used here. */
declare module 'blessed' {
  import type { EventEmitter } from 'node:events'
  export type Program = EventEmitter & { isAlt: boolean; cursorHidden: boolean; readonly destroy: () => void }
  export type Element = {
    readonly width: number
    readonly height: number
    readonly options: object
    readonly setContent: (text: string) => void
    readonly setLabel: (text: string) => void
    readonly setData: (data: unknown) => void
  }
  export type Screen = EventEmitter & {
    /** Rows of cells: attributes and character. */
    readonly lines: readonly (readonly (readonly [number, string])[])[]
    readonly program: Program
    readonly append: (element: Element) => void
    readonly alloc: () => void
    readonly render: () => void
    readonly destroy: () => void
  }
  const blessed: {
    readonly Screen: object
    readonly Program: object
    readonly program: (options: object) => Program
    readonly screen: (options: object) => Screen
    readonly box: (options: object) => Element
  }
  export default blessed
}
declare module 'blessed-contrib/lib/widget/charts/line.js' {
  const widget: (options: object) => import('blessed').Element
  export default widget
}
declare module 'blessed-contrib/lib/widget/charts/stacked-bar.js' {
  const widget: (options: object) => import('blessed').Element
  export default widget
}
declare module 'blessed-contrib/lib/widget/donut.js' {
  const widget: (options: object) => import('blessed').Element
  export default widget
}
declare module 'blessed-contrib/lib/layout/grid.js' {
  import type { Element, Screen } from 'blessed'

  const Grid: new (options: {
    readonly screen: Screen
    readonly rows: number
    readonly cols: number
    readonly color?: string
  }) => {
    readonly set: (row: number, column: number, rows: number, columns: number, widget: (options: object) => Element, options: object) => Element
  }
  export default Grid
}
