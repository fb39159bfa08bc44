import { execFile } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { COMMANDS } from '../../tui/commands/table.ts'
import { bin } from '../e2e/engine.ts'
import { type CommandLine, commandLine } from '../helpers/command-line.ts'
import { openPty } from '../helpers/pty.ts'
import { snapshot } from '../helpers/snapshot.ts'

/** Every command as somebody would give it; none of them starts an engine. */
const LINES: Readonly<Record<string, string>> = {
  '': '',
  attach: 'attach',
  start: 'start --mode live',
  stop: 'stop --instance other',
  restart: 'restart --instance other --mode live',
  status: 'status',
  pause: 'pause --no-input',
  resume: 'resume --reason x',
  halt: 'halt --reason x --no-input',
  flatten: 'flatten --reason x --no-input',
  cancel: 'cancel l-9 --reason x',
  breakers: 'breakers',
  'kill-switch': 'kill-switch on --no-input',
  phase: 'phase',
  reload: 'reload --reason x',
  ack: 'ack --reason x',
  cycles: 'cycles',
  signals: 'signals',
  why: 'why BTCUSD',
  positions: 'positions',
  charts: 'charts',
  fleet: 'fleet',
  orders: 'orders',
  trades: 'trades',
  shadow: 'shadow',
  guards: 'guards',
  report: 'report',
  proposals: 'proposals',
  audit: 'audit',
  logs: 'logs',
  replay: 'replay --verify',
  config: 'config',
  doctor: 'doctor',
  reset: 'reset',
  completion: 'completion bash',
}
const EVERY = Object.values(LINES)

/** Colours that are asked for, which is no reason to write them where nobody can see them. */
const LOUD = { FORCE_COLOR: '3', COLORTERM: 'truecolor', CLICOLOR_FORCE: '1' }
const KNOWN: readonly number[] = Object.values(Exit)

const attachable = async (): Promise<CommandLine> => {
  const line = commandLine()
  await line.engine({
    status: () => ({ result: snapshot() }),
    command: () => ({ result: { outcome: 'accepted', auditSequence: 1, message: 'done' } }),
  })
  return line
}

const piped = ({ env }: CommandLine, words: string): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...words.split(' ').filter((word) => word !== '')],
      { env: { ...env, ...LOUD, PATH: process.env.PATH, TERM: 'xterm-256color' } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, text: `${stdout}${stderr}` }),
    )
    child.stdin?.end()
  })

const dumb = async ({ env }: CommandLine, shell: string, TERM = 'dumb'): Promise<{ readonly code: number; readonly text: string }> => {
  const pty = openPty(['sh', '-c', shell], { PATH: process.env.PATH, ...env, ...LOUD, TERM }, 80, 24)
  onTestFinished(() => pty.close())
  const code = await pty.ended
  return { code, text: pty.text() }
}

const expectPlain = (words: string, { code, text }: { readonly code: number; readonly text: string }): void => {
  for (const sign of ['\u001b', '\u009b']) expect([words, text]).toEqual([words, expect.not.stringContaining(sign)])
  expect([words, text]).toEqual([words, expect.not.stringMatching(/^\s+at .*:\d+:\d+/m)])
  expect([words, KNOWN.includes(code), code === Exit.internal]).toEqual([words, true, false])
  expect(text, words).not.toBe('')
}

test('every command of the table is tried here', () => {
  expect(Object.keys(LINES).sort()).toEqual(['', ...COMMANDS.map(({ name }) => name)].sort())
})

describe.each(EVERY)('"%s"', (words) => {
  test('into a pipe: no escape byte, an exit code of ours, no stack trace', async () => {
    expectPlain(words, await piped(await attachable(), words))
  })
  test('on a dumb terminal: the same', async () => {
    expectPlain(words, await dumb(await attachable(), `exec '${process.execPath}' '${bin}' ${words}`))
  })
})

test.each(['</dev/null', '| cat', '</dev/null 2>&1 | cat', '2>/dev/null </dev/null'])(
  'attach with a terminal that is not whole (%s) prints the status',
  async (how) => {
    const seen = await dumb(await attachable(), `'${process.execPath}' '${bin}' --color always ${how}`, 'xterm-256color')
    expectPlain(how, seen)
    expect([seen.code, seen.text]).toEqual([Exit.done, expect.stringContaining('RUNNING')])
  },
)

test.each(['</dev/null', '| cat; true'])('attach with no engine and no terminal (%s) says so in a line', async (how) => {
  const line = commandLine()
  const { text } = await dumb(line, `'${process.execPath}' '${bin}' attach ${how}`, 'xterm-256color')
  expect(text.trim()).toBe('no engine of instance default is running')
})
