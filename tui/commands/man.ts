import { Exit } from '../../src/exit.ts'
import { VERSION } from '../../src/version.ts'
import { KEYMAP, type KeyContext } from '../keymap.ts'
import { COMMANDS, CONSOLE, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './table.ts'

const EXITS: Readonly<Record<keyof typeof Exit, string>> = {
  done: 'done',
  checkFalse: 'what was asked for is not so: unhealthy, broken, not clean',
  warn: 'done, with a warning',
  notRunning: 'no engine runs, or none answers',
  refused: 'refused: role, missing confirmation, read-only',
  unknown: 'sent, and the outcome is not known',
  protocol: 'the protocols do not fit',
  usage: 'usage',
  corrupt: 'ledger, audit trail or tape is damaged, or the disk refuses it',
  internal: 'a fault of its own',
  childDied: 'a child died, and the engine is set to end with it',
  restartStorm: 'too many restarts',
  alreadyRunning: 'an engine holds the account already',
  gateClosed: 'the live gate or a start gate is closed',
  configuration: 'configuration',
}

/** Text for roff: no line begins with a control character, no backslash is one, no hyphen becomes a dash. */
const roff = (text: string): string => wrapped(text.replaceAll('\\', '\\e').replaceAll('-', '\\-')).replace(/^([.'])/gm, '\\&$1')

/** Lines of a page are short, so that a difference between two versions is read easily. */
const COLUMNS = 76
const wrapped = (text: string): string => {
  const lines: string[] = []
  for (const word of text.split(/ +/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < COLUMNS) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}

/** When the pages were last made anew for people; a build must not change them by itself. */
const DATE = '2026-11-21'

const head = (name: string, section: number): string => `.TH ${name.toUpperCase()} ${section} "${DATE}" "aegis-console ${VERSION}" "User Commands"\n`

const optionText = ({ flags, says, choices }: OptionSpec): string =>
  `.TP\n.B ${flags.replaceAll('-', '\\-')}\n${roff(`${says}${choices === undefined || says.includes(choices.join(', ')) ? '' : `: ${choices.join(', ')}`}`)}\n`

const commandText = ({ name, summary, operands = [], options = [] }: CommandSpec): string => {
  const words = operands.map(
    ({ name: operand, needed, many }) => `${needed === true ? '<' : '['}${operand}${many === true ? '...' : ''}${needed === true ? '>' : ']'}`,
  )
  const synopsis = [name, ...words].join(' ')
  const inner = options.length === 0 ? '' : `.RS\n${options.map(optionText).join('')}.RE\n`
  return `.TP\n.B ${synopsis.replaceAll('-', '\\-')}\n${roff(summary)}\n${inner}`
}

const GROUPS: readonly CommandSpec['group'][] = ['Engine', 'Control', 'Look', 'Care']

const commandPage = (): string =>
  [
    head('aegis-console', 1),
    '.SH NAME\naegis\\-console \\- operate a detached trading engine\n',
    '.SH SYNOPSIS\n.B aegis\\-console\n[\\fIcommand\\fR] [\\fIoptions\\fR]\n',
    `.SH DESCRIPTION\n${roff('Without a command it attaches to the engine that runs, and offers to start one where none does. Leaving the console never stops the engine.')}\n`,
    '.SH OPTIONS\n',
    ...[...GLOBAL_OPTIONS, ...CONSOLE].map(optionText),
    ...GROUPS.map(
      (group) =>
        `.SH ${group.toUpperCase()} COMMANDS\n${COMMANDS.filter((spec) => spec.group === group)
          .map(commandText)
          .join('')}`,
    ),
    '.SH EXIT STATUS\n',
    ...Object.entries(Exit).map(([name, code]) => `.TP\n.B ${code}\n${roff(EXITS[name as keyof typeof Exit])}\n`),
    '.SH FILES\n.TP\n.I $AEGIS_HOME\nfolder of all instances; without it\naegis in $XDG_STATE_HOME, or in ~/.local/state\n',
    '.SH SEE ALSO\n.BR aegis\\-console\\-keys (7)\n',
  ].join('')

const CONTEXTS: Readonly<Record<KeyContext, string>> = {
  main: 'In every view',
  overview: 'Overview',
  signals: 'Signals',
  breakers: 'Breakers',
  positions: 'Positions',
  audit: 'Audit',
  logs: 'Logs',
  charts: 'Charts',
  fleet: 'Fleet',
  log: 'Where the log has the focus',
  help: 'In the help',
  prompt: 'In a text field',
  dialog: 'In a dialog',
  everywhere: 'Everywhere',
}

/** A key by itself may be what roff obeys. */
const keyText = (key: string): string => (key === "'" ? '\\(aq' : key === '.' ? '\\&.' : key.replaceAll('\\', '\\e').replaceAll('-', '\\-'))

const keyPage = (): string =>
  [
    head('aegis-console-keys', 7),
    '.SH NAME\naegis\\-console\\-keys \\- keys of the console\n',
    '.SH DESCRIPTION\nEvery key is also a word of the command palette, which\n.B :\nopens.\n',
    ...(Object.keys(CONTEXTS) as KeyContext[]).flatMap((context) => {
      const rows = KEYMAP.filter((row) => row.context === context)
      return rows.length === 0
        ? []
        : [
            `.SH ${roff(CONTEXTS[context].toUpperCase())}\n`,
            ...rows.map(({ key, also = [], does }) => `.TP\n.B ${[key, ...also].map(keyText).join(', ')}\n${roff(does)}\n`),
          ]
    }),
    '.SH SEE ALSO\n.BR aegis\\-console (1)\n',
  ].join('')

/** The man pages by file name, made from the one table of commands and the one table of keys. */
export const manPages = (): Readonly<Record<string, string>> => ({ 'aegis-console.1': commandPage(), 'aegis-console-keys.7': keyPage() })
