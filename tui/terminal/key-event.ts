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
