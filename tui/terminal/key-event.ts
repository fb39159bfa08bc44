/**
 * What a person did at the keyboard. Names of keys: the character itself, `Space`, `Enter`, `Esc`, `Tab`, `Shift-Tab`, `Backspace`,
 * `Delete`, `Up` `Down` `Left` `Right`, `PageUp` `PageDown`, `Home` `End`, `F1` … `F12`, `Ctrl-A` … `Ctrl-Z`.
 */
export type KeyEvent =
  /** One key, or the same key several times in one chunk. */
  | { readonly kind: 'key'; readonly name: string; readonly count: number }
  /** Several characters in one chunk: typed faster than they were carried, or pasted without brackets. Text fields only. */
  | { readonly kind: 'text'; readonly text: string }
  /** A bracketed paste; `cut` where it was closed by us. Text fields only. */
  | { readonly kind: 'paste'; readonly text: string; readonly cut: boolean }
  /** A click, or a step of the wheel; cells count from 0 at the upper left. Only where the mouse was asked for. */
  | { readonly kind: 'mouse'; readonly button: 'left' | 'wheelUp' | 'wheelDown'; readonly column: number; readonly row: number }

export type MouseEvent = Extract<KeyEvent, { readonly kind: 'mouse' }>
/** What comes from the keyboard. */
export type Typed = Exclude<KeyEvent, MouseEvent>
