import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openPty, type Pty } from '../helpers/pty.ts'
import { type PtyScreen, screenOf } from '../helpers/pty-screen.ts'
import { bin, type Place, place } from './engine.ts'

vi.setConfig({ testTimeout: 60_000 })

const missing = (tool: string): string | null => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'pipe' })
    return null
  } catch {
    return `${tool} is not installed`
  }
}
const because = (reason: string | null): string => (reason === null ? '' : ` (skipped: ${reason})`)

const VIEWS = ['Cycles', 'Signals', 'Breakers', 'Positions', 'Audit', 'Log', 'Charts', 'Fleet'] as const

/** An engine that runs, and `aegis-console` for a shell in its place. */
const running = async (): Promise<Place> => {
  const at = place({ strategies: [] })
  writeFileSync(join(at.folder, 'aegis-console'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`)
  chmodSync(join(at.folder, 'aegis-console'), 0o755)
  const { code, stderr } = await at.run(['start'])
  if (code !== 0) throw new Error(`start: exit ${code}: ${stderr}`)
  return at
}

const envOf = (at: Place, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...at.env,
  PATH: `${at.folder}:${at.env.PATH}`,
  SHELL: '/bin/bash',
  ...more,
})

type Seen = { readonly pty: Pty; readonly screen: PtyScreen }

const open = (command: readonly string[], env: NodeJS.ProcessEnv, columns = 100, rows = 30): Seen => {
  const pty = openPty(command, env, columns, rows)
  onTestFinished(() => pty.close())
  return { pty, screen: screenOf(pty, columns, rows) }
}

/** A shell that asks for nothing of the user's, with a prompt to wait for: one that is not interactive drops that of its environment. */
const shellOf = (at: Place): readonly string[] => {
  const path = join(at.folder, 'bashrc')
  writeFileSync(path, "PS1='ready> '\n")
  return ['bash', '--noprofile', '--rcfile', path]
}

const shell = async (at: Place, more: NodeJS.ProcessEnv = {}): Promise<Seen> => {
  const seen = open(shellOf(at), envOf(at, more))
  await seen.screen.until('a prompt', (text) => text.includes('ready>'))
  return seen
}

/** Where a shell runs in another program's terminal, and how that one lets go of ours and comes back. */
type Multiplexer = {
  readonly name: string
  readonly tool: string
  readonly open: (at: Place, env: NodeJS.ProcessEnv) => readonly string[]
  readonly detach: (at: Place, env: NodeJS.ProcessEnv) => readonly string[]
  readonly attach: (at: Place, env: NodeJS.ProcessEnv) => readonly string[]
  readonly end: (at: Place, env: NodeJS.ProcessEnv) => readonly string[]
}

const tmux = (at: Place): readonly string[] => ['tmux', '-S', join(at.folder, 'tmux'), '-f', '/dev/null']
const screenRc = (at: Place, altscreen: 'on' | 'off'): string => {
  const path = join(at.folder, 'screenrc')
  writeFileSync(path, `startup_message off\naltscreen ${altscreen}\nmsgwait 0\ndefutf8 on\n`)
  return path
}

const MULTIPLEXERS: readonly Multiplexer[] = [
  {
    name: 'tmux',
    tool: 'tmux',
    open: (at) => [...tmux(at), 'new-session', ...shellOf(at)],
    detach: (at) => [...tmux(at), 'detach-client'],
    attach: (at) => [...tmux(at), 'attach'],
    end: (at) => [...tmux(at), 'kill-server'],
  },
  ...(['off', 'on'] as const).map(
    (altscreen): Multiplexer => ({
      name: `GNU screen, altscreen ${altscreen}`,
      tool: 'screen',
      open: (at) => ['screen', '-U', '-c', screenRc(at, altscreen), '-S', 'aegis', ...shellOf(at)],
      detach: () => ['screen', '-S', 'aegis', '-d'],
      attach: () => ['screen', '-U', '-r', 'aegis'],
      end: () => ['screen', '-S', 'aegis', '-X', 'quit'],
    }),
  ),
]

const FIRST_LINE = /^default {2}SIMULATE {2}RUNNING {2}BRK ok {2}lock held .*data [\d.]+\w+ {2}\d\d:\d\d:\d\dZ$/
const shows = (screen: PtyScreen, pattern: RegExp, row = 0): Promise<number> =>
  screen.until(`${pattern} in row ${row}`, () => pattern.test(screen.lines()[row] ?? ''))

/** Modes of the terminal that a program may have changed, asked from a shell that has the keyboard. */
const modesOf = async ({ pty, screen }: Seen): Promise<string> => {
  pty.write("clear; stty -a | grep -oE -- '-?(icanon|isig|echo|icrnl|opost)( |;|$)' | tr -d ' ;' | sort | paste -sd ,; echo loo''ked\r")
  await screen.until('the modes', (text) => /^looked$/m.test(text))
  return screen.text().match(/^.*icanon.*$/m)?.[0] ?? ''
}

for (const each of MULTIPLEXERS) {
  const reason = missing(each.tool)
  test.skipIf(reason !== null)(`in ${each.name}: start, every view, resize, detach and attach, quit${because(reason)}`, async () => {
    const at = await running()
    const sockets = join(at.folder, 'screens')
    mkdirSync(sockets, { mode: 0o700 })
    const env = envOf(at, { SCREENDIR: sockets })
    const run = (command: readonly string[]): Promise<void> =>
      new Promise((resolve) => void execFile(command[0] ?? '', command.slice(1), { env }, () => resolve()))
    onTestFinished(() => run(each.end(at, env)))

    let seen = open(each.open(at, env), env)
    await seen.screen.until('a prompt', (text) => text.includes('ready>'), 20_000)
    const before = await modesOf(seen)
    expect(before).toMatch(/,icanon,icrnl,isig,opost$/)
    seen.pty.write('aegis-console\r')
    await shows(seen.screen, FIRST_LINE)

    // One after the other: two keys in one chunk are a paste.
    for (const [index, title] of [...VIEWS.entries()].slice(1)) {
      seen.pty.write(String(index + 1))
      await shows(seen.screen, new RegExp(`\\[${index + 1} `), 1)
      await seen.screen.until(title, (text) => text.includes(`== ${title}`))
    }
    seen.pty.write('1')
    await seen.screen.until('Cycles', (text) => text.includes('== Cycles'))

    for (const [columns, rows] of [
      [160, 48],
      [70, 20],
      [100, 30],
    ] as const) {
      seen.screen.resize(columns, rows)
      await seen.screen.until(`${columns}x${rows}`, (text) => text.includes('q detach') && seen.screen.lines()[0]?.length === columns)
      await shows(seen.screen, /^default {2}SIMULATE/)
      expect(seen.screen.text().match(/(?:==|--) Cycles/g)).toHaveLength(1)
    }

    const ended = seen.pty.ended
    await run(each.detach(at, env))
    await ended
    seen = open(each.attach(at, env), env)
    await shows(seen.screen, FIRST_LINE)
    await seen.screen.until('the whole screen', (text) => text.includes('== Cycles') && text.includes('q detach'))

    seen.pty.write('q')
    await seen.screen.until('a prompt', (text) => /still running[\s\S]*ready>/.test(text))
    expect(seen.screen.text().replaceAll('\n', '')).toMatch(
      /default: SIMULATE RUNNING, still running \(pid \d+\)\. Attach again: aegis-console attach/,
    )
    expect(seen.screen.text()).not.toContain('q detach')
    expect(await modesOf(seen)).toBe(before)
    expect((await at.status()).engine.state).toBe('running')
  })
}

const ESC = '\u001b'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOUR = /\u001b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m/

/** What a console writes that is opened on the engine, looked at, and left again. */
const written = async (at: Place, more: NodeJS.ProcessEnv, args = ''): Promise<string> => {
  const { pty, screen } = await shell(at, more)
  pty.forget()
  pty.write(`aegis-console attach ${args}; echo code=$?\r`)
  await shows(screen, FIRST_LINE)
  for (const key of ['3', '7', '6', '1']) {
    pty.write(key)
    await shows(screen, new RegExp(`\\[${key} `), 1)
  }
  pty.write('q')
  await screen.until('the end', (text) => text.includes('code=0'))
  return pty.text()
}

test('what the environment asks for is kept to', async () => {
  const at = await running()
  const usual = await written(at, {})
  expect(usual).toMatch(COLOUR)
  const mono = await written(at, { NO_COLOR: '1', COLORTERM: 'truecolor' })
  expect(mono).not.toMatch(COLOUR)
  expect(mono).toContain(`${ESC}[?1049h`)
  const ascii = await written(at, { LANG: 'C', LC_ALL: 'C' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII
  expect(ascii.match(/[^\u0000-\u007f]/g) ?? []).toEqual([])
  expect(await written(at, { CI: '1' })).toMatch(COLOUR)
})

test('without a terminal that can be drawn on the status is printed, without an escape byte', async () => {
  const at = await running()
  const { pty, screen } = await shell(at, { TERM: 'dumb' })
  pty.forget()
  pty.write('TERM=dumb aegis-console; echo code=$?\r')
  await screen.until('the status', (text) => /code=\d/.test(text))
  expect(screen.text()).toMatch(/RUNNING|running/)
  expect(screen.text()).toContain('code=0')
  const said = pty.text().replaceAll(`${ESC}[?2004h`, '').replaceAll(`${ESC}[?2004l`, '') // the shell's own
  expect(said).not.toContain(ESC)

  const piped = await at.run([])
  expect(piped).toMatchObject({ code: 0, stderr: '' })
  expect(piped.stdout).toMatch(/RUNNING|running/)
  expect(piped.stdout).not.toContain(ESC)
})

test('a console that was killed leaves a terminal that reset makes whole', async () => {
  const at = await running()
  const seen = await shell(at)
  const { pty, screen } = seen
  pty.write("sh -c 'echo $$ > pid; exec aegis-console'\r".replace('pid;', `'${join(at.folder, 'console.pid')}';`))
  await shows(screen, FIRST_LINE)
  expect(screen.onAlternateScreen()).toBe(true)
  // The shell puts its own modes back when its job is killed; a program in between would not. `reset` must do it in either case.
  execFileSync('sh', ['-c', `kill -9 "$(cat '${join(at.folder, 'console.pid')}')"`])
  await screen.until('the shell', (text) => text.includes('Killed'))
  expect(screen.onAlternateScreen()).toBe(true)
  pty.write('stty raw -echo; aegis-console reset; echo reset=$?\r')
  await screen.until('the reset', (text) => text.includes('reset=0'))
  expect(screen.onAlternateScreen()).toBe(false)
  expect(await modesOf(seen)).toBe('echo,icanon,icrnl,isig,opost')
})

test('a console that finds a terminal left broken mends it, and leaves it whole', async () => {
  const at = await running()
  const seen = await shell(at)
  const { pty, screen } = seen
  // What a killed one leaves: the other screen, no lines, no echo, clicks and a strange character set.
  pty.write("printf '\\033[?1049h\\033[?1003h\\033[3;9r\\033(0'; stty raw -echo; aegis-console; echo code=$?\r")
  await shows(screen, FIRST_LINE)
  await screen.until('the whole screen', (text) => text.includes('== Cycles') && text.includes('q detach'))
  pty.write('q')
  await screen.until('the end', (text) => text.includes('code=0'))
  expect(screen.onAlternateScreen()).toBe(false)
  expect(await modesOf(seen)).toBe('echo,icanon,icrnl,isig,opost')
})

test('without an engine it opens on what the last one left, clearly past, and goes on with the next one', async () => {
  const at = await running()
  expect((await at.run(['stop', '--now', '--reason', 'a test'])).code).toBe(0)
  const { pty, screen } = await shell(at)
  pty.write('aegis-console; echo code=$?\r')
  await screen.until('the offer', (text) => text.includes('Start one? [y/N: look at its files]'))
  expect(screen.text()).toContain('NOT RUNNING  was stopped')
  pty.write('\r')
  await shows(screen, /^default {2}SIMULATE {2}NO ENGINE {2}was STOPPED/)
  await screen.until('how to start one', (text) => text.includes('Start one: aegis-console start --instance default'))
  pty.write('5')
  await screen.until('the trail', (text) => /BOT_STOP|ENGINE_STOP|COMMAND|BOT_START/.test(text))
  pty.write('6')
  await screen.until('the log', (text) => /engine started|engine stopp|drained/.test(text))
  expect(screen.lines()[0]).toContain('NO ENGINE')
  expect((await at.run(['start'])).code).toBe(0)
  await shows(screen, FIRST_LINE)
  pty.write('q')
  await screen.until('the end', (text) => text.includes('code=0'))
})
