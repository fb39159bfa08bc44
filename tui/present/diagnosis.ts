import type { Environment } from '../../src/home.ts'
import { dataAgeMs, linkProblem } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import { age, dateTime } from './time.ts'

/** What only the process knows of itself and of its terminal. */
export type Surroundings = {
  readonly env: Environment
  readonly node: string
  readonly platform: string
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number }
  /** 0 none, 1 sixteen colours, 2 of 256, 3 all. */
  readonly depth: number
  /** Frames that were left out because the terminal did not read, and bytes that wait for it. */
  readonly output: { readonly skipped: number; readonly waiting: number }
}

const DEPTHS = ['none', '16', '256', 'all'] as const
/** Variables that decide how the screen looks. Their values are shown, so none of a secret kind is among them. */
const VARIABLES = ['TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'LC_ALL', 'LC_CTYPE', 'LANG', 'TMUX', 'STY', 'SSH_TTY'] as const

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`

const wordsOf = (facts: Readonly<Record<string, string | number>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

const NAME_WIDTH = 18

/** What this console is and sees, for a report of a fault: a line for each fact. */
export const diagnosis = (state: ConsoleState, { env, node, platform, memory, depth, output }: Surroundings): string => {
  const { identity, size, settings, link, logs, logSource, snapshot, sequence, records } = state
  const dataAge = dataAgeMs(state)
  const facts: readonly (readonly [string, string])[] = [
    ['at', dateTime(state.now)],
    [
      'console',
      `${identity.version}, Node ${node}, ${platform}${identity.readOnly ? ', read-only' : ''}, open for ${age(state.now - state.startedAt)}`,
    ],
    ['memory', `${megabytes(memory.rss)}, heap ${megabytes(memory.heapUsed)}`],
    [
      'terminal',
      `${size.columns}x${size.rows}, colours ${DEPTHS[depth] ?? depth}${state.ascii ? ', ASCII' : ''}${state.inFocus ? '' : ', out of focus'}`,
    ],
    ['output', `${output.skipped} frames left out, ${output.waiting} bytes wait`],
    [
      'environment',
      VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])).join(' ') || 'none of those that matter is set',
    ],
    [
      'settings',
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ],
    ['instance', `${identity.instance} in ${identity.root}`],
    ['link', link.kind === 'lost' ? `lost for ${age(state.now - link.since)}, attempt ${link.attempt}: ${linkProblem(state)}` : link.kind],
    ['engine', link.kind === 'live' ? wordsOf(link.hello) : 'not heard now'],
    [
      'data',
      `${state.freshness}${dataAge === null ? '' : `, ${age(dataAge)} old`}, part ${sequence ?? 'none'}${snapshot === null ? '' : `, engine ${snapshot.engine.state}`}`,
    ],
    ['view', `${state.view}, pane ${state.pane}`],
    ['log', `${wordsOf(logSource)}; ${logs.kept} lines kept, ${logs.evicted} evicted, ${logs.matching} shown by the filters`],
    ['log problem', logs.problem ?? 'none'],
    ...Object.entries(records).map(([name, { rows, source }]) => [`file of ${name}`, `${rows.length} rows, ${wordsOf(source)}`] as const),
  ]
  return facts.map(([name, value]) => `${name.padEnd(NAME_WIDTH)} ${value}\n`).join('')
}
