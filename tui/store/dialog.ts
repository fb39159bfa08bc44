import type { OrderView, PositionView } from '../../src/contracts/account.ts'
import type { BreakerView } from '../../src/contracts/breaker.ts'
import type { Command } from '../../src/contracts/command.ts'
import type { Alert, Snapshot } from '../../src/contracts/snapshot.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import type { Typed } from '../terminal/key-event.ts'
import { controlsOff } from './select.ts'
import type { Basis, ConsoleState, Dialog, DialogStage } from './state.ts'

/** A dialog ignores keys for so long after it opened: they were typed for what was there before. */
export const DEAF_MS = 250
/** A confirmation that comes later than this has to be begun again. */
export const CONFIRM_MS_MAX = 20_000
export const REASON_LENGTH_MAX = 200
export const CONFIRM_KEY = 'y'

/** What a person may ask for with a dialog: by what it is for, so that the command is made of the state as it is now. */
export type DialogKind = 'pauseResume' | 'halt' | 'flatten' | 'flattenOne' | 'cancelOrder' | 'rearm' | 'trip' | 'pauseMarked' | 'acknowledge'

/** The dialog for a wish, on the state as it is now; an error says why there is none. */
export const openDialog = (state: ConsoleState, kind: DialogKind): Result<Dialog, string> => {
  const off = controlsOff(state)
  if (off !== null) return err(off)
  if (state.snapshot === null) return err('the state of the engine is not known yet')
  const command = commandFor(state, state.snapshot, kind)
  if (command === null) return err('nothing is chosen')
  return openCommand(state, state.snapshot, command, kind === 'pauseMarked' ? state.marked : null)
}

/** The dialog for a command that was put together elsewhere, as the palette does. */
export const openCommand = (
  state: ConsoleState,
  snapshot: Snapshot,
  command: Command,
  fleet: readonly string[] | null = null,
): Result<Dialog, string> =>
  ok({
    command,
    fleet,
    basis: basisOf(snapshot),
    severe: fleet !== null || isSevere(command, snapshot),
    stage: 'reason',
    openedAt: state.monotonic,
    stageAt: state.monotonic,
    reason: '',
    name: '',
    problem: null,
    sent: null,
    result: null,
  })

/** One key pauses what runs, resumes what is paused, and first lets go of what is latched. */
const commandFor = (state: ConsoleState, { engine }: Snapshot, kind: DialogKind): Command | null => {
  switch (kind) {
    case 'halt':
      return { kind: 'halt' }
    case 'flatten':
      return { kind: 'flatten', symbol: null }
    case 'pauseMarked':
      return { kind: 'pause' }
    case 'acknowledge':
      return acknowledge(state)
    case 'pauseResume':
      return nextState(engine)
    default:
      return ofChosen(state, kind)
  }
}

/** The chosen alert where the keys are in that list, else all of them. */
const acknowledge = (state: ConsoleState): Command => {
  const alert = state.pane === 'alerts' ? chosenRow<Alert>(LISTS.alerts, state) : null
  return { kind: 'ack', alert: alert?.id ?? null }
}

/** What is chosen in the list that the key is about. */
const ofChosen = (state: ConsoleState, kind: 'flattenOne' | 'cancelOrder' | 'rearm' | 'trip'): Command | null => {
  if (kind === 'flattenOne') {
    const position = chosenRow<PositionView>(LISTS.positions, state)
    return position === null ? null : { kind: 'flatten', symbol: position.symbol }
  }
  if (kind === 'cancelOrder') {
    const order = chosenRow<OrderView>(LISTS.orders, state)
    return order === null ? null : { kind: 'cancel', clientOrderId: order.clientOrderId }
  }
  const breaker = chosenRow<BreakerView>(LISTS.breakers, state)
  return breaker === null ? null : { kind, breaker: breaker.name }
}

const nextState = (engine: Snapshot['engine']): Command => {
  switch (engine.desired) {
    case 'running':
      return { kind: 'pause' }
    case 'paused':
      return { kind: 'resume' }
    case 'halted':
      return { kind: 'rearm', breaker: 'halt' }
    case 'safe':
      return { kind: 'rearm', breaker: 'safe' }
  }
}

/** What may lose money by a slip of the finger in any mode; a kill switch is thrown as easily as a pause. */
const SEVERE: ReadonlySet<Command['kind']> = new Set(['halt', 'flatten', 'rearm', 'trip', 'stop', 'phase'])

/** There the name of the instance has to be typed. Pausing is never made harder, and what was seen moves nothing. */
const isSevere = (command: Command, { mode }: Snapshot): boolean => {
  if (command.kind === 'pause' || command.kind === 'ack') return false
  if (command.kind === 'killSwitch') return !command.on
  return mode === 'live' || SEVERE.has(command.kind)
}

/** States between which the engine moves by itself and which mean the same for a person's decision. */
const WORKING: ReadonlySet<string> = new Set(['starting', 'ready', 'running', 'degraded'])

export const basisOf = (snapshot: Snapshot): Basis => {
  const { instance, mode, engine } = snapshot
  return {
    instance,
    mode,
    state: WORKING.has(engine.state) ? 'working' : engine.state,
    desired: engine.desired,
    pid: engine.pid,
    startedAt: engine.startedAt,
    alert: newestAlert(snapshot),
  }
}

/** True where the engine that answers is not the one that the dialog was opened on. */
export const isAnother = (basis: Basis, { engine }: Snapshot): boolean => engine.pid !== basis.pid || engine.startedAt !== basis.startedAt

/** What moved since the dialog was opened, in words; null where nothing did. */
export const movedSince = (basis: Basis, snapshot: Snapshot | null): string | null => {
  if (snapshot === null) return 'the state of the engine is no longer known'
  const now = basisOf(snapshot)
  if (now.instance !== basis.instance) return `another instance answers: ${now.instance}`
  if (isAnother(basis, snapshot)) return `another engine holds the lock: pid ${now.pid} instead of ${basis.pid}`
  if (now.mode !== basis.mode) return `the mode is now ${now.mode}`
  if (now.desired !== basis.desired) return `somebody asked for ${now.desired.toUpperCase()} since this dialog was opened`
  if (now.state !== basis.state) return `the engine is now ${snapshot.engine.state.toUpperCase()}`
  return null
}

/** Why it may not be sent now; null where it may. */
export const dialogOff = (state: ConsoleState, dialog: Dialog): string | null =>
  controlsOff(state) ?? movedSince(dialog.basis, state.snapshot) ?? unseenSince(dialog, state.snapshot)

/** All alerts are those that stood there when the dialog was opened. */
const unseenSince = ({ command, basis }: Dialog, snapshot: Snapshot | null): string | null =>
  command.kind === 'ack' && command.alert === null && newestAlert(snapshot) > basis.alert
    ? 'another alert came since this dialog was opened: close it and look'
    : null

const newestAlert = (snapshot: Snapshot | null): number => Math.max(0, ...(snapshot?.alerts ?? []).map(({ id }) => id))

/** What a key does to an open dialog. `null` closes it. */
export type DialogAnswer = { readonly dialog: Dialog | null; readonly send: boolean }

export const pressInDialog = (state: ConsoleState, dialog: Dialog, event: Typed): DialogAnswer => {
  const key = event.kind === 'key' ? event.name : null
  if (key === 'Ctrl-C') return { dialog: null, send: false }
  if (state.monotonic - dialog.openedAt < DEAF_MS) return stay(dialog)
  if (key === 'Esc') return { dialog: null, send: false }
  switch (dialog.stage) {
    case 'reason':
    case 'name':
      return pressInField(state, dialog, event)
    case 'confirm':
      return pressInConfirm(state, dialog, event)
    case 'sending':
      return stay(dialog)
    case 'done':
      return key === 'Enter' || key === 'q' ? { dialog: null, send: false } : stay(dialog)
  }
}

const stay = (dialog: Dialog, problem: string | null = dialog.problem): DialogAnswer => ({
  dialog: problem === dialog.problem ? dialog : { ...dialog, problem },
  send: false,
})

const moveTo = (state: ConsoleState, dialog: Dialog, stage: DialogStage): DialogAnswer => ({
  dialog: { ...dialog, stage, stageAt: state.monotonic, problem: null },
  send: false,
})

const pressInField = (state: ConsoleState, dialog: Dialog, event: Typed): DialogAnswer => {
  const field = dialog.stage === 'name' ? 'name' : 'reason'
  if (event.kind === 'key') {
    if (event.name === 'Shift-Tab') return dialog.stage === 'name' ? moveTo(state, dialog, 'reason') : stay(dialog)
    if (event.name === 'Enter' || event.name === 'Tab') return event.count > 1 ? stay(dialog) : leaveField(state, dialog)
  }
  if (event.kind !== 'key' && field === 'name') return stay(dialog, 'the name has to be typed, key by key')
  const text = editText(dialog[field], event, REASON_LENGTH_MAX)
  if (text === null) return stay(dialog, event.kind === 'key' ? dialog.problem : 'that was no text: nothing was taken')
  return { dialog: { ...dialog, [field]: text, problem: notTaken(dialog[field], event, REASON_LENGTH_MAX) }, send: false }
}

const leaveField = (state: ConsoleState, dialog: Dialog): DialogAnswer => {
  if (dialog.reason.trim() === '') return stay(dialog, 'a reason is required: it goes into the audit trail')
  if (dialog.stage === 'reason') return moveTo(state, dialog, dialog.severe ? 'name' : 'confirm')
  if (dialog.name !== dialog.basis.instance) return stay(dialog, `that is not the name of this instance: ${dialog.basis.instance}`)
  return moveTo(state, dialog, 'confirm')
}

const pressInConfirm = (state: ConsoleState, dialog: Dialog, event: Typed): DialogAnswer => {
  if (event.kind !== 'key' || event.count > 1) return stay(dialog, 'only one single key counts here')
  if (event.name === 'n') return { dialog: null, send: false }
  if (event.name === 'Shift-Tab') return moveTo(state, dialog, dialog.severe ? 'name' : 'reason')
  if (event.name !== CONFIRM_KEY) return stay(dialog, `${CONFIRM_KEY} sends it, Esc gives up`)
  if (state.monotonic - dialog.stageAt > CONFIRM_MS_MAX) {
    return { dialog: { ...dialog, stage: 'reason', stageAt: state.monotonic, name: '', problem: 'too late: look again, then Enter' }, send: false }
  }
  const off = dialogOff(state, dialog)
  if (off !== null) return stay(dialog, off)
  return { dialog: { ...dialog, stage: 'sending', stageAt: state.monotonic, problem: null }, send: true }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

/** Never half of a character. */
const atMost = (text: string, length: number): string => (text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, ''))

/** What of a key, a burst or a paste found no room, in words; null where all of it did. */
export const notTaken = (text: string, event: Typed, lengthMax: number): string | null => {
  const over = (editText(text, event, Number.POSITIVE_INFINITY) ?? '').length - lengthMax
  if (over > 0) return `there is room for ${lengthMax} characters: the last ${over} were not taken`
  return event.kind === 'paste' && event.cut ? 'the paste had no end: look whether all of it is there' : null
}

/** A text field after a key, a burst of characters or a paste; null where it takes none of it. */
export const editText = (text: string, event: Typed, lengthMax: number): string | null => {
  switch (event.kind) {
    case 'paste':
      return atMost(text + event.text.replace(/\s+/g, ' '), lengthMax)
    case 'text':
      return CONTROL.test(event.text) ? null : atMost(text + event.text, lengthMax)
    case 'key':
      if (event.name === 'Backspace') return [...text].slice(0, -event.count).join('')
      if (event.name === 'Ctrl-U') return ''
      if (event.name === 'Ctrl-W') return text.replace(/\S+\s*$/, '')
      if (event.name === 'Space') return atMost(text + ' '.repeat(event.count), lengthMax)
      return [...event.name].length === 1 ? atMost(text + event.name.repeat(event.count), lengthMax) : null
  }
}
