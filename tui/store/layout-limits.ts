/** Below this there is no room for panes; see `presentMini`. */
export const FULL_COLUMNS_MIN = 60
export const FULL_ROWS_MIN = 15
/** From here on there are two columns. */
export const WIDE_COLUMNS_MIN = 120
export const WIDE_ROWS_MIN = 36
/** Below this the tabs give their line to the panes. */
export const TABS_ROWS_MIN = 24
