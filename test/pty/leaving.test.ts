import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { waitingNode } from '../helpers/old-node.ts'
import { ESC, FRAME_BEGIN, FRAME_END, NEWS, NEWS_SAYS, openLaunched, openLive, openShell, place, startEngine } from './console-pty.ts'

vi.setConfig({ testTimeout: 30_000 })

/** What was written after the last frame. */
const afterFrames = (text: string): string => text.slice(text.indexOf(FRAME_END, text.lastIndexOf(FRAME_BEGIN)) + FRAME_END.length)

/** Private modes that were ever switched, each as it was left. */
const modesOf = (text: string): ReadonlyMap<string, 'h' | 'l'> => {
  const modes = new Map<string, 'h' | 'l'>()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const [, numbers = '', how] of text.matchAll(/\u001b\[\?([\d;]+)([hl])/g)) {
    for (const number of numbers.split(';')) modes.set(number, how as 'h' | 'l')
  }
  return modes
}

const count = (text: string, what: string): number => text.split(what).length - 1

const expectGivenBack = (text: string): void => {
  const last = afterFrames(text)
  for (const off of ['?1049l', '?2004l', '?1004l', '?25h', '23;2t']) expect(last).toContain(`${ESC}[${off}`)
  expect(last).not.toMatch(/\?(?:1049|2004|1004)h/)
  expect(last.lastIndexOf(`${ESC}[?25h`)).toBeGreaterThan(last.lastIndexOf(`${ESC}[?25l`))
  expect(count(text, `${ESC}[22;2t`)).toBe(count(text, `${ESC}[23;2t`))
  // The cursor is the one mode that terminals begin with.
  expect([...modesOf(text)].filter(([mode, how]) => how === (mode === '25' ? 'l' : 'h'))).toEqual([])
  expect(text.indexOf(`${ESC}[?1049h`)).toBeGreaterThanOrEqual(0)
}

test.each([
  { says: 'q', leave: (type: (keys: string) => void) => type('q'), code: 0 },
  { says: 'Ctrl-C', leave: (type: (keys: string) => void) => type('\u0003'), code: 0 },
  ...(
    [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGQUIT', 131],
    ] as const
  ).map(([signal, code]) => ({ says: signal, leave: (_: unknown, pid: number) => void process.kill(pid, signal), code })),
])('$says: the last bytes give the terminal back, and no mode stays on', async ({ leave, code }) => {
  const at = place()
  await startEngine(at)
  const { pty, screen, type } = await openLive(at)
  type('7') // the charts have a library of their own that knows terminals
  await screen.until('the charts', (text) => text.includes('== Charts'))
  leave(type, pty.pid())
  expect(await pty.ended).toBe(code)
  expectGivenBack(pty.text())
  await expect.poll(screen.onAlternateScreen).toBe(false)
  await expect
    .poll(() => screen.text().replaceAll('\n', '').trim())
    .toMatch(/^eu-1: SIMULATE RUNNING, still running \(pid 41822\)\. Attach again: aegis-console attach --instance eu-1$/)
})

test.each([
  { says: 'an exception that nobody caught', fault: "throw new Error('a fault for the test')" },
  { says: 'a rejection that nobody caught', fault: "void Promise.reject(new Error('a fault for the test'))" },
])('$says: the last bytes give the terminal back, and no mode stays on', async ({ fault }) => {
  const at = place()
  await startEngine(at)
  const [script, boom] = [join(at.folder, 'fault.mjs'), join(at.folder, 'boom')]
  writeFileSync(
    script,
    `import { existsSync } from 'node:fs'
const watch = setInterval(() => { if (existsSync(${JSON.stringify(boom)})) { clearInterval(watch); ${fault} } }, 20)
watch.unref()`,
  )
  const { pty, screen } = await openLive(at, { env: { NODE_OPTIONS: `--import ${pathToFileURL(script)}` } })
  writeFileSync(boom, '')
  expect(await pty.ended).toBe(70)
  expectGivenBack(pty.text())
  await expect.poll(screen.onAlternateScreen).toBe(false)
  await expect.poll(() => screen.text()).toContain('a fault for the test')
})

test.skipIf(waitingNode === undefined).each(['SIGKILL', 'SIGABRT'] as const)(
  '%s, which nothing can prepare for: the launcher that waits gives the terminal back, and its end is the same (needs an older Node)',
  async (signal) => {
    const at = place()
    await startEngine(at)
    const { screen, type, until, console } = await openLaunched(at, waitingNode ?? '')
    process.kill(console(), signal)
    await until('the shell', (text) => text.includes(`code=${128 + constants.signals[signal]}`) && /icanon/.test(text))
    expect(screen.onAlternateScreen()).toBe(false)
    const modes = screen.text().split(/[\s;]+/)
    for (const on of ['icanon', 'echo', 'isig', 'icrnl', 'opost']) expect(modes).toContain(on)
    type('a line\r')
    await until('what was typed', (text) => text.includes('read a line'))
  },
)

/** Seen: 60 to 90 ms; what a person notices is five times that, and more on a machine that is busy. */
const LEAVE_MS_MAX = 1_500

test('q leaves an engine that hangs at once, with one line that says what runs on', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { pty, screen, type } = await openLive(at)
  engine.suffer({ kind: 'stall' })
  const from = performance.now()
  type('q')
  expect(await pty.ended).toBe(0)
  expect(performance.now() - from).toBeLessThan(LEAVE_MS_MAX)
  expect(afterFrames(pty.text()).match(/eu-1/g)).toHaveLength(2) // its name and the flag that names it again
  await expect.poll(() => screen.text().replaceAll('\n', '')).toContain('eu-1: SIMULATE RUNNING, still running (pid 41822)')
})

test('q leaves a lost engine at once, with one line that claims no more than is known', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { pty, screen, type, until } = await openLive(at)
  engine.suffer({ kind: 'stall' })
  await until('LOST', (text) => text.includes('LOST'))
  const from = performance.now()
  type('q')
  expect(await pty.ended).toBe(0)
  expect(performance.now() - from).toBeLessThan(LEAVE_MS_MAX)
  await expect
    .poll(() => screen.text().replaceAll('\n', '').trim())
    .toMatch(/^eu-1: the link was lost [\d.]+\w+ ago, the engine was SIMULATE RUNNING then; nothing was stopped by leaving\. Attach again: [^:]*$/)
})

const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0] ?? ''

test('a stop from outside gives the shell its terminal, and going on draws it as it now is', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { pty, screen, type, until, console: pid } = await openShell(at)
  process.kill(await pid(), 'SIGTSTP')
  await until('the shell', (text) => text.includes('in the shell'))
  expect(screen.onAlternateScreen()).toBe(false)
  expectGivenBack(pty.text())
  engine.change(NEWS)
  type('\r')
  await until('live again', (text) => text.includes(NEWS_SAYS) && /RUNNING/.test(text) && /data \d/.test(text) && text.includes('q detach'))
  expect(screen.onAlternateScreen()).toBe(true)
  expect(screen.text()).not.toContain('in the shell')
  type('q')
  await until('the shell', (text) => text.includes('code=0'))
  expectGivenBack(pty.text())
})

test('a stop that nobody announced leaves no trace of what was written meanwhile', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { pty, screen, until } = await openLive(at)
  const pid = pty.pid()
  process.kill(pid, 'SIGSTOP')
  await expect.poll(() => stateOf(pid)).toBe('T')
  writeFileSync(`/proc/${pid}/fd/1`, `${ESC}[?1049l${ESC}[?25h\r\nsomebody else was here\r\n`)
  await until('the other text', (text) => text.includes('somebody else was here'))
  engine.change(NEWS)
  process.kill(pid, 'SIGCONT')
  await until('live again', (text) => text.includes(NEWS_SAYS) && text.includes('q detach'))
  expect(screen.onAlternateScreen()).toBe(true)
  expect(screen.text()).not.toContain('somebody else')
})

test('after a stop the age of the figures counts the time that went by', async () => {
  const at = place()
  const engine = await startEngine(at)
  const { pty, until, identity } = await openLive(at)
  process.kill(pty.pid(), 'SIGSTOP')
  await expect.poll(() => stateOf(pty.pid())).toBe('T')
  await engine.close()
  process.kill(pty.pid(), 'SIGCONT')
  await until('LOST', () => /LOST/.test(identity()))
  expect(identity()).toMatch(/data ~/)
})

test('stopped and continued while it shows plain text, it is the console again and takes the very next key', async () => {
  const at = place()
  await startEngine(at)
  const { pty, type, until } = await openLive(at)
  type('Y')
  await until('plain text', (text) => text.includes('any key goes back'))
  process.kill(pty.pid(), 'SIGCONT')
  await until('the console', (text) => text.includes('q detach'))
  type('?')
  await until('the help', (text) => text.includes('Esc close'))
})
