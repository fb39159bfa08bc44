import { Box } from 'ink'
import { Row } from '../parts/row.tsx'
import { Rows } from '../parts/rows.tsx'
import { presentDialog } from '../present/dialog.ts'
import { presentHelp } from '../present/help.ts'
import { presentIdentity } from '../present/identity.ts'
import { presentKeys } from '../present/keys-line.ts'
import { presentMessage } from '../present/message.ts'
import { presentMini } from '../present/mini.ts'
import { presentTabs } from '../present/tabs.ts'
import { hasTabs } from '../store/layout.ts'
import { useConsole, type ViewProps } from '../store/use-console.ts'
import { isMini } from '../store/views.ts'
import { View } from './view.tsx'

/** Rows that a screen needs for line 1, a message and the keys around something. */
const FRAMED_ROWS_MIN = 6

const IdentityLine = ({ store, width }: ViewProps & { readonly width: number }) => (
  <Row
    line={presentIdentity(
      useConsole(store, (state) => state),
      width,
    )}
    width={width}
  />
)
const MessageLine = ({ store, width }: ViewProps & { readonly width: number }) => (
  <Row line={presentMessage(useConsole(store, (state) => state))} width={width} />
)
const KeysLine = ({ store, width }: ViewProps & { readonly width: number }) => (
  <Row
    line={presentKeys(
      useConsole(store, (state) => state),
      width,
    )}
    width={width}
  />
)

const TabsLine = ({ store, width }: ViewProps & { readonly width: number }) => (
  <Row
    line={presentTabs(
      useConsole(store, (state) => state),
      width,
    )}
    width={width}
  />
)

/** What stands between line 1 and the messages. */
const Body = ({ store, width, height }: ViewProps & { readonly width: number; readonly height: number }) => {
  const state = useConsole(store, (whole) => (whole.dialog !== null || whole.help !== null || isMini(whole.size) ? whole : null))
  if (state === null) return <View store={store} />
  if (state.dialog !== null) return <Rows lines={presentDialog(state, state.dialog, width, height)} width={width} height={height} />
  if (state.help !== null) return <Rows lines={presentHelp(state, width, height)} width={width} height={height} />
  return <Rows lines={presentMini(state)} width={width} height={height} />
}

/** The whole screen. On one with very few rows the frame gives way, so that something is always seen. */
export const Frame = ({ store }: ViewProps) => {
  const { columns, rows } = useConsole(store, (state) => state.size)
  const small = isMini({ columns, rows })
  const tabs = hasTabs({ columns, rows })
  const overlaid = useConsole(store, (state) => state.dialog !== null || state.help !== null)
  const framed = rows >= FRAMED_ROWS_MIN
  // The mini screen says itself what line 1 says elsewhere; a dialog needs line 1 less than its own lines.
  const identity = framed && (!small || overlaid)
  const body = Math.max(1, rows - (identity ? 1 : 0) - (tabs ? 1 : 0) - (framed ? 2 : 0))
  return (
    <Box flexDirection="column" width="100%" height={rows}>
      {identity ? <IdentityLine store={store} width={columns} /> : null}
      {tabs ? <TabsLine store={store} width={columns} /> : null}
      <Body store={store} width={columns} height={body} />
      {framed ? <MessageLine store={store} width={columns} /> : null}
      {framed ? <KeysLine store={store} width={columns} /> : null}
    </Box>
  )
}
