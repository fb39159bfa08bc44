import type { CommandFunction } from './context.ts'

/** Every command once: the parser, the help and the completion scripts are made from this table. */
export type OptionSpec = {
  /** As commander reads it: `-n, --lines <N>`. */
  readonly flags: string
  readonly says: string
  readonly choices?: readonly string[]
  /** The choices are only offered: the settings judge the value, as they do where it comes from a file or the environment. */
  readonly judgedLater?: boolean
  /** Its value is a file or a folder. */
  readonly file?: boolean
}

export type OperandSpec = {
  readonly name: string
  readonly says: string
  readonly needed?: boolean
  readonly many?: boolean
  readonly choices?: readonly string[]
}

export type CommandSpec = {
  readonly name: string
  readonly summary: string
  readonly group: 'Engine' | 'Control' | 'Look' | 'Care'
  readonly operands?: readonly OperandSpec[]
  readonly options?: readonly OptionSpec[]
  /** Options that it does not know are operands, for another program to read. */
  readonly passesOn?: boolean
  /** Loaded when it is run, so that a quick command loads nothing of the others. */
  readonly load: () => Promise<CommandFunction>
}

const SIGNAL_STATES = ['generated', 'evaluating', 'approved', 'blocked', 'executing', 'executed', 'expired', 'learned']
const PHASES = ['experience', 'proof', 'trial', 'scaling']
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
const PROCESSES = ['supervisor', 'feed', 'brain', 'orchestrator']
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--instance <NAME>', says: 'which engine (default: default)' },
  { flags: '--home <DIR>', says: 'folder of all instances (default: $AEGIS_HOME)', file: true },
  { flags: '--json', says: 'print data as JSON' },
  { flags: '--no-input', says: 'never ask a question' },
]

const MODES = ['dry-run', 'simulate', 'paper', 'live', 'manual']

const SETTINGS: readonly OptionSpec[] = [
  { flags: '--feed <FEED>', says: 'simulated, or replay:FILE', file: true },
  { flags: '--speed <N>', says: 'replay speed: max, or times the data’s own' },
  { flags: '--mode <MODE>', says: `mode of trading: ${MODES.join(', ')}`, choices: MODES, judgedLater: true },
  { flags: '--account <NAME>', says: 'account at the venue' },
  { flags: '--seed <N>', says: 'seed of all chance' },
  { flags: '--symbol <SYMBOL>', says: 'symbol of the replay, or symbols of the simulation with commas' },
  { flags: '--timeframe <LENGTH>', says: 'length of a bar: 1s, 1m, 1h' },
  { flags: '--config <FILE>', says: 'settings instead of config.json', file: true },
]

/** How the console looks; also without a command, which attaches. */
export const CONSOLE: readonly OptionSpec[] = [
  { flags: '--read-only', says: 'watch only' },
  {
    flags: '--color <WHEN>',
    says: 'colours: auto, never, always, 16, 256, truecolor',
    choices: ['auto', 'never', 'always', '16', '256', 'truecolor'],
  },
  { flags: '--ascii', says: 'nothing but ASCII on the screen' },
  { flags: '--theme <NAME>', says: 'dark, light or mono, or one of your own' },
  { flags: '--fps <N>', says: 'frames a second that data makes, 1 to 10 (default: 4)' },
  { flags: '--low-bandwidth', says: 'one frame a second, for slow lines' },
  { flags: '--notify <HOW>', says: 'off, bell, osc9, osc777 or auto (default: bell)', choices: ['off', 'bell', 'osc9', 'osc777', 'auto'] },
  { flags: '--clipboard', says: 'let y copy into the clipboard of the terminal' },
  { flags: '--mouse', says: 'let the mouse choose panes and rows, and its wheel scroll' },
  { flags: '--settings <FILE>', says: 'settings of the console instead of ~/.config/aegis/console.json', file: true },
  { flags: '--poll', says: 'look at the log files now and then, where a network file system tells of no change' },
  { flags: '--plain', says: 'a line for each thing that happens, for screen readers and pipes' },
  { flags: '--no-alt-screen', says: 'draw on the screen of the shell' },
]

const REASON: OptionSpec = { flags: '--reason <TEXT>', says: 'why, for the audit trail' }
const YES: OptionSpec = { flags: '--yes', says: 'confirmed, do not ask' }
const LINES: OptionSpec = { flags: '-n, --lines <N>', says: 'how many (default: 20)' }
const SYMBOL: OptionSpec = { flags: '--symbol <SYMBOL>', says: 'only this symbol' }
const STRATEGY: OptionSpec = { flags: '--strategy <ID>', says: 'only this strategy' }
const HOURS: OptionSpec = { flags: '--hours <N>', says: 'only the last hours of the feed’s time (default: all)' }
const SINCE: OptionSpec = { flags: '--since <WHEN>', says: 'an age (2h) or a time (2026-01-31T09:30:00Z)' }

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'attach',
    summary: 'open the console on a running engine (what no command does, too)',
    group: 'Engine',
    options: [{ flags: '--start', says: 'start an engine where none runs' }, ...CONSOLE],
    load: async () => (await import('./attach.ts')).attach,
  },
  {
    name: 'start',
    summary: 'start a detached engine',
    group: 'Engine',
    options: [{ flags: '--foreground', says: 'become the engine, for systemd, containers, tmux and screen' }, ...SETTINGS],
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'stop',
    summary: 'finish what is in flight, then end the engine',
    group: 'Engine',
    options: [{ flags: '--now', says: 'do not wait for what is in flight' }, REASON],
    load: async () => (await import('./stop.ts')).stop,
  },
  {
    name: 'restart',
    summary: 'stop, then start with the flags of the last start',
    group: 'Engine',
    options: [{ flags: '--now', says: 'do not wait for what is in flight' }, REASON, ...SETTINGS],
    load: async () => (await import('./restart.ts')).restart,
  },
  {
    name: 'status',
    summary: 'what the engine is and does',
    group: 'Engine',
    options: [{ flags: '--check', says: 'exit 0 healthy, 1 not and why' }],
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'pause',
    summary: 'no new entries; exits and stops go on',
    group: 'Control',
    options: [REASON],
    load: async () => (await import('./pause.ts')).pause,
  },
  { name: 'resume', summary: 'entries again', group: 'Control', options: [REASON], load: async () => (await import('./resume.ts')).resume },
  {
    name: 'halt',
    summary: 'cancel every working order and open nothing until re-armed',
    group: 'Control',
    options: [REASON, YES],
    load: async () => (await import('./halt.ts')).halt,
  },
  {
    name: 'flatten',
    summary: 'close all positions, or that of one symbol',
    group: 'Control',
    operands: [{ name: 'symbol', says: 'only this one' }],
    options: [REASON, YES],
    load: async () => (await import('./flatten.ts')).flatten,
  },
  {
    name: 'cancel',
    summary: 'cancel one working order',
    group: 'Control',
    operands: [{ name: 'order', says: 'its id, as orders shows it', needed: true }],
    options: [REASON],
    load: async () => (await import('./cancel.ts')).cancel,
  },
  {
    name: 'breakers',
    summary: 'list the breakers, latch one, or let go of it',
    group: 'Control',
    operands: [
      { name: 'what', says: 'list (default), trip or rearm', choices: ['list', 'trip', 'rearm'] },
      { name: 'name', says: 'the breaker; rearm takes halt, safe, emotional and degradation too' },
    ],
    options: [REASON],
    load: async () => (await import('./breakers.ts')).breakers,
  },
  {
    name: 'kill-switch',
    summary: 'throw the kill switch: nothing new until it is let go of',
    group: 'Control',
    operands: [{ name: 'to', says: 'on or off', needed: true, choices: ['on', 'off'] }],
    options: [REASON],
    load: async () => (await import('./kill-switch.ts')).killSwitch,
  },
  {
    name: 'phase',
    summary: 'show the phase of trading and its gate, or set it',
    group: 'Control',
    operands: [
      { name: 'what', says: 'show (default) or set', choices: ['show', 'set'] },
      { name: 'phase', says: 'the phase to set', choices: PHASES },
    ],
    options: [REASON, { flags: '--force', says: 'although its gate does not hold' }],
    load: async () => (await import('./phase.ts')).phase,
  },
  {
    name: 'reload',
    summary: 'read config.json, watchlist.json and earnings.json again',
    group: 'Control',
    options: [REASON],
    load: async () => (await import('./reload.ts')).reload,
  },
  {
    name: 'ack',
    summary: 'mark alerts as seen',
    group: 'Control',
    operands: [{ name: 'alert', says: 'its number, as status shows it (default: all)' }],
    options: [REASON],
    load: async () => (await import('./ack.ts')).ack,
  },
  { name: 'cycles', summary: 'recorded cycles', group: 'Look', options: [LINES], load: async () => (await import('./cycles.ts')).cycles },
  {
    name: 'signals',
    summary: 'signals with their present state',
    group: 'Look',
    options: [
      LINES,
      { flags: '--state <STATE>', says: 'only in this state', choices: SIGNAL_STATES },
      SYMBOL,
      STRATEGY,
      SINCE,
      { flags: '--pipeline', says: 'how signals get through: states, sources, throughput, decay, what is stuck' },
    ],
    load: async () => (await import('./signals.ts')).signals,
  },
  {
    name: 'why',
    summary: 'why a signal became a trade or did not',
    group: 'Look',
    operands: [{ name: 'signal', says: 'its id, or the beginning of it', needed: true }],
    load: async () => (await import('./why.ts')).why,
  },
  { name: 'positions', summary: 'open positions', group: 'Look', load: async () => (await import('./positions.ts')).positions },
  { name: 'orders', summary: 'working and newest orders', group: 'Look', options: [LINES], load: async () => (await import('./orders.ts')).orders },
  {
    name: 'trades',
    summary: 'fills',
    group: 'Look',
    options: [LINES, SYMBOL, STRATEGY, SINCE],
    load: async () => (await import('./trades.ts')).trades,
  },
  {
    name: 'charts',
    summary: 'the figures of the charts: equity, drawdown, prices, latency, guards, outcomes',
    group: 'Look',
    options: [HOURS],
    load: async () => (await import('./charts.ts')).charts,
  },
  { name: 'fleet', summary: 'all instances of this host and user', group: 'Look', load: async () => (await import('./fleet.ts')).fleet },
  {
    name: 'shadow',
    summary: 'how decided signals end when they are traded beside the account',
    group: 'Look',
    options: [HOURS],
    load: async () => (await import('./report.ts')).shadow,
  },
  {
    name: 'guards',
    summary: 'what each guard saved and cost',
    group: 'Look',
    options: [HOURS],
    load: async () => (await import('./report.ts')).guards,
  },
  {
    name: 'report',
    summary: 'what refusals cost, strategies, decay of signals, doubts',
    group: 'Look',
    options: [HOURS],
    load: async () => (await import('./report.ts')).report,
  },
  {
    name: 'proposals',
    summary: 'what outcomes suggest to change: list it, approve or reject',
    group: 'Control',
    operands: [
      { name: 'what', says: 'list (default), approve or reject', choices: ['list', 'approve', 'reject'] },
      { name: 'id', says: 'the proposal, as the list shows it' },
    ],
    options: [REASON],
    load: async () => (await import('./proposals.ts')).proposals,
  },
  {
    name: 'audit',
    summary: 'the audit trail: list it, or verify its chain and signatures',
    group: 'Look',
    operands: [{ name: 'what', says: 'list (default) or verify', choices: ['list', 'verify'] }],
    options: [LINES],
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'logs',
    summary: 'log records of all processes',
    group: 'Look',
    options: [
      LINES,
      { flags: '-f, --follow', says: 'go on with what comes' },
      { flags: '--level <LEVEL>', says: 'this level and above', choices: LEVELS },
      { flags: '--process <NAME>', says: 'only this process', choices: PROCESSES },
      { flags: '--filter <TERMS>', says: 'as in the console: text, /re/, key:value, key>=n, since:10m, corr:id, ! before it for the opposite' },
    ],
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    name: 'replay',
    summary: 'run the recorded inputs through the same code again',
    group: 'Care',
    operands: [{ name: 'args', says: 'passed on', many: true }],
    options: [
      { flags: '--verify', says: 'compare every event and hash with the record' },
      { flags: '--without <GUARDS>', says: 'what-if: decide again without these guards, with commas' },
      { flags: '--set <PATH=VALUE>', says: 'what-if: decide again with other settings, such as confidence.limit=0.5' },
    ],
    passesOn: true,
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'config',
    summary: 'show the effective settings, or check them',
    group: 'Care',
    operands: [{ name: 'what', says: 'show (default) or check', choices: ['show', 'check'] }],
    options: [{ flags: '--origin', says: 'show where each value came from' }, ...SETTINGS],
    load: async () => (await import('./config.ts')).config,
  },
  { name: 'doctor', summary: 'look for what could go wrong on this machine', group: 'Care', load: async () => (await import('./doctor.ts')).doctor },
  { name: 'reset', summary: 'restore a terminal that was left in disorder', group: 'Care', load: async () => (await import('./reset.ts')).reset },
  {
    name: 'completion',
    summary: 'completion script for a shell',
    group: 'Care',
    operands: [{ name: 'shell', says: SHELLS.join(', '), needed: true, choices: SHELLS }],
    load: async () => (await import('./completion.ts')).completion,
  },
]
