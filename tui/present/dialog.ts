import type { Command } from '../../src/contracts/command.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { CONFIRM_KEY, CONFIRM_MS_MAX, dialogOff, REASON_LENGTH_MAX } from '../store/dialog.ts'
import type { ConsoleState, Dialog, DialogStage, Outcome } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import { MODE_TONES, modeWord } from './identity.ts'
import { clean, type Line, lineWidth, splitLine } from './line.ts'
import { count } from './number.ts'
import { titleLine } from './pane.ts'
import { age } from './time.ts'
import { cutStart } from './width.ts'

/** What exactly it acts on: on the smallest screen this is what must be seen before anybody confirms. */
const targetOf = (command: Command): string => {
  switch (command.kind) {
    case 'flatten':
      return command.symbol === null ? 'EVERYTHING at' : `${command.symbol} at`
    case 'cancel':
      return `order ${command.clientOrderId} at`
    case 'rearm':
    case 'trip':
      return `${command.breaker} at`
    case 'ack':
      return command.alert === null ? 'all alerts of' : `alert #${command.alert} of`
    default:
      return ''
  }
}

type Words = { readonly title: string; readonly effect: readonly string[] }

/** What it will do and when, for somebody who has to decide it now. */
const wordsFor = (command: Command, snapshot: Snapshot | null): Words => {
  const open = snapshot?.positions.length ?? 0
  switch (command.kind) {
    case 'pause':
      return {
        title: 'Pause',
        effect: [
          'From the next cycle on no new position is opened.',
          `Stops, targets and exits go on (${count(open)} open). It stays paused over restarts.`,
        ],
      }
    case 'resume':
      return { title: 'Resume', effect: ['From the next signal on positions may be opened again.', 'Guards and breakers hold as before.'] }
    case 'halt':
      return {
        title: 'Halt',
        effect: [
          'At once: no new positions, working entry orders are cancelled.',
          'Open positions stay and their exits go on. It is latched: re-arm, then resume.',
        ],
      }
    case 'flatten':
      return {
        title: 'Flatten',
        effect: [
          command.symbol === null
            ? `At once: every open position is closed at the market (${count(open)} open).`
            : `At once: ${command.symbol} is closed at the market.`,
          'New entries are not stopped by this: pause or halt first if you want that.',
        ],
      }
    case 'rearm':
      return {
        title: 'Re-arm',
        effect:
          command.breaker === 'halt' || command.breaker === 'safe'
            ? [`Lets go of the latch ${command.breaker}. The engine is then PAUSED, not running:`, 'resume it when you have looked.']
            : [`Closes the breaker ${command.breaker}: entries are possible again.`, 'What it counts begins anew from here.'],
      }
    case 'cancel':
      return { title: 'Cancel', effect: [`The venue is asked to cancel ${command.clientOrderId}.`] }
    case 'trip':
      return {
        title: 'Trip',
        effect: [`Latches the breaker ${command.breaker}: no new positions until a person re-arms it.`, 'Open positions stay and their exits go on.'],
      }
    case 'phase':
      return {
        title: `Phase ${command.to}`,
        effect: ['Moves the phase of trading; its gate is judged by the engine.', command.force ? 'Forced: the gate need not hold.' : ''],
      }
    case 'reload':
      return { title: 'Reload', effect: ['Reads config.json, watchlist.json and earnings.json again.', 'What is wrong in them changes nothing.'] }
    case 'killSwitch':
      return command.on
        ? {
            title: 'Kill switch on',
            effect: ['At once: no new positions. Open positions stay and their exits go on.', 'It is let go of where it was thrown.'],
          }
        : { title: 'Kill switch off', effect: ['Lets go of the kill switch that was thrown here.'] }
    case 'ack':
      return {
        title: 'Acknowledge',
        effect: [command.alert === null ? 'All alerts are marked as seen.' : `Alert #${command.alert} is marked as seen.`],
      }
    case 'proposal':
      return { title: `${command.verdict === 'approve' ? 'Approve' : 'Reject'} a proposal`, effect: [`Proposal ${command.id}.`] }
    case 'stop':
      return { title: 'Stop', effect: ['The engine ends. Open positions stay at the venue without anybody who manages them.'] }
  }
}

/** What is to be done and where, in few words. */
export const commandName = ({ command, fleet, basis }: Pick<Dialog, 'command' | 'fleet' | 'basis'>): string =>
  [wordsFor(command, null).title, targetOf(command), fleet === null ? basis.instance : fleet.join(', ')].filter((word) => word !== '').join(' ')

/** The dialog as lines; what has to be typed comes before what has only to be read, so that a small screen shows it. */
export const presentDialog = (state: ConsoleState, dialog: Dialog, width: number, height: number): readonly Line[] => {
  const { basis, command } = dialog
  const { effect } = wordsFor(command, state.snapshot)
  const severity: Line = [{ text: dialog.severe ? 'severe' : '', tone: 'danger' }]
  const lines: Line[] = [
    titleLine({
      name: commandName(dialog),
      focused: true,
      width,
      note: severity,
    }),
  ]
  lines.push([
    { text: '  ' },
    { text: modeWord(basis.mode), tone: MODE_TONES[basis.mode] },
    { text: '  engine ' },
    { text: basis.instance, tone: 'heading' },
    { text: `  state ${(state.snapshot?.engine.state ?? 'unknown').toUpperCase()}  pid ${basis.pid}` },
  ])
  const roomy = height >= 12
  // The title has no room for many names, and nothing is done to what was not named.
  if (dialog.fleet !== null) lines.push(...folded([{ text: `  goes to ${dialog.fleet.length}: ${dialog.fleet.join(', ')}`, tone: 'heading' }], width))
  const effects = effect.map((text): Line => [{ text: `  ${text}` }])
  if (height >= 8) lines.push(...(roomy ? effects.flatMap((line) => folded(line, width)) : effects))
  if (roomy) lines.push([])
  lines.push(...fields(dialog, width))
  if (roomy) lines.push([])
  lines.push(...stageLines(state, dialog).flatMap((line) => folded(line, width)))
  return lines.slice(0, height)
}

const ORDER: readonly DialogStage[] = ['reason', 'name', 'confirm', 'sending', 'done']
const reached = (dialog: Dialog, stage: DialogStage): boolean => ORDER.indexOf(dialog.stage) >= ORDER.indexOf(stage)

const fields = (dialog: Dialog, width: number): readonly Line[] => [
  field(`reason (${dialog.reason.length}/${REASON_LENGTH_MAX})`, dialog.reason, dialog.stage === 'reason', width),
  ...(dialog.severe && reached(dialog, 'name') ? [field(`type ${dialog.basis.instance}`, dialog.name, dialog.stage === 'name', width)] : []),
]

const field = (label: string, text: string, active: boolean, width: number): Line => {
  const before: Line = [
    { text: active ? '> ' : '  ', tone: 'focus' },
    { text: `${label}: `, tone: active ? 'key' : 'muted' },
  ]
  const cursor: Line = active ? [{ text: ' ', tone: 'live' }] : []
  // The end of a long text is what its writer looks at.
  return [...before, { text: cutStart(clean(text), width - lineWidth(before) - lineWidth(cursor)) }, ...cursor]
}

const CONTINUED = '    '
/** However narrow the screen is, each further row takes something. */
const FOLDED_CELLS_MIN = 10

/** All of a line, on as many rows as it takes, broken between words where there are any. */
const folded = (line: Line, width: number): readonly Line[] => {
  const rows: Line[] = []
  let left = line
  while (lineWidth(left) > width && width > CONTINUED.length + FOLDED_CELLS_MIN) {
    const { head, rest } = splitLine(left, width)
    const last = head.at(-1)
    const at = last?.text.lastIndexOf(' ') ?? -1
    const isWord = last !== undefined && at > CONTINUED.length && rest[0] !== ' '
    rows.push(isWord ? [...head.slice(0, -1), { ...last, text: last.text.slice(0, at) }] : head)
    left = [{ text: CONTINUED + ((isWord ? last.text.slice(at) : '') + rest).trimStart(), tone: line.at(-1)?.tone ?? 'text' }]
  }
  return [...rows, left]
}

const stageLines = (state: ConsoleState, dialog: Dialog): readonly Line[] => {
  const off = dialog.stage === 'sending' || dialog.stage === 'done' ? null : dialogOff(state, dialog)
  const problem: readonly Line[] = dialog.problem === null ? [] : [[{ text: `  ${dialog.problem}`, tone: 'warning' }]]
  if (off !== null) return [[{ text: `  Not possible now: ${off}`, tone: 'alarm' }], [{ text: '  Esc closes this; nothing is sent.', tone: 'muted' }]]
  switch (dialog.stage) {
    case 'reason':
      return [...problem, [{ text: '  Enter: next step.  Esc: give up, nothing is sent.', tone: 'muted' }]]
    case 'name':
      return [...problem, [{ text: '  Type the name of the instance, then Enter.  Esc: give up.', tone: 'muted' }]]
    case 'confirm': {
      const left = CONFIRM_MS_MAX - (state.monotonic - dialog.stageAt)
      if (left < 0)
        return [
          [
            {
              text: `  Too late for ${CONFIRM_KEY}: look again.  ${CONFIRM_KEY}: back to the reason, nothing is sent.  Esc: give up.`,
              tone: 'warning',
            },
          ],
        ]
      return [
        [
          { text: `  ${CONFIRM_KEY}`, tone: 'key' },
          { text: ': send it now.  Any other key does not.  Esc: give up.' },
          { text: `  ${age(left)}`, tone: 'muted' },
        ],
        ...problem,
      ]
    }
    case 'sending':
      return [
        [{ text: `  sent${asked(dialog)}; waiting for the engine's answer`, tone: 'warning' }],
        ...unsure(dialog),
        [{ text: '  Esc closes this; it stays sent, and its answer is told below.', tone: 'muted' }],
      ]
    case 'done':
      return dialog.result === null ? [] : [resultLine(dialog.result), [{ text: '  Enter or Esc closes this.', tone: 'muted' }]]
  }
}

const asked = ({ sent }: Dialog): string =>
  sent === null ? '' : `${sent.tries > 1 ? ` and asked ${sent.tries} times` : ''} as ${sent.id.slice(0, 8)}`

const unsure = ({ sent }: Dialog): readonly Line[] =>
  sent !== null && sent.unsure !== null
    ? [
        [{ text: `  Outcome unknown so far: ${sent.unsure}.`, tone: 'warning' }],
        [{ text: '  The same command is asked about again; it is never carried out twice.', tone: 'warning' }],
      ]
    : []

const RESULT_TONES: Readonly<Record<Outcome['outcome'], Tone>> = { accepted: 'good', refused: 'danger', unknown: 'warning' }

const resultLine = ({ outcome, auditSequence, message }: Outcome): Line => [
  { text: `  ${outcome.toUpperCase()}`, tone: RESULT_TONES[outcome] },
  { text: `${auditSequence === null ? '' : ` (audit ${auditSequence})`}: ${message}` },
]
