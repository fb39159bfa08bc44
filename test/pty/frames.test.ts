import { writeFileSync } from 'node:fs'
import xterm from '@xterm/headless'
import { expect, test, vi } from 'vitest'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'
import { ESC, FRAME_BEGIN, FRAME_END, openLive, place, startEngine, withoutTimes } from './console-pty.ts'

vi.setConfig({ testTimeout: 30_000 })

/** Frames, and what was written beside them, in their order. */
const partsOf = (text: string): readonly string[] => {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const begin = text.indexOf(FRAME_BEGIN, at)
    const end = begin < 0 ? -1 : text.indexOf(FRAME_END, begin)
    const stop = begin < 0 ? text.length : begin > at ? begin : end < 0 ? text.length : end + FRAME_END.length
    parts.push(text.slice(at, stop))
    at = stop
  }
  return parts
}
const isFrame = (part: string): boolean => part.startsWith(FRAME_BEGIN)
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ERASES = /\u001b\[[23]J/

/** What a person does in an hour, beside an engine that has news all the time. Every key is waited for by what it shows. */
const used = async (columns: number, rows: number) => {
  const at = place()
  const engine = await startEngine(at)
  const opened = await openLive(at, { columns, rows })
  const { type, until } = opened
  const base = snapshotFixture()
  let changes = 0
  const news = (): void => {
    changes += 1
    const quantity = `0.7${1_000 + changes}`
    engine.change({ positions: base.positions.map((position) => ({ ...position, quantity })) })
  }
  const steps: readonly (readonly [keys: string, shows: RegExp])[] = [
    ['j', /^> 998/m],
    [`${ESC}[B`, /^> 997/m],
    ['k', /^> 998/m],
    ['\t', /== Processes/],
    ['2', /== Signals/],
    ['3', /== Breakers/],
    ['4', /== Positions/],
    ['5', /== Audit/],
    ['6', /== Log/],
    ['8', /== Fleet/],
    ['1', /== Cycles/],
    ['?', /Esc close/],
    ['?', /== Cycles/],
    [':', /^ :/m],
    ['s', /^ :s/m],
    [ESC, /q detach/],
    ['z', /^(?![\s\S]*-- Positions)[\s\S]*== Cycles/],
    ['z', /-- Positions/],
    ['g', /^> 999/m],
  ]
  for (const [keys, shows] of steps) {
    news()
    type(keys)
    await until(`after ${JSON.stringify(keys)}: ${shows}`, (text) => shows.test(text))
    news()
  }
  const said = `0.7${1_000 + changes}`
  await until('the last news', (text) => text.includes(said))
  return opened
}

test('with keys and news nothing is erased at once but by Ctrl-L', async () => {
  const { pty, type } = await used(100, 30)
  const before = partsOf(pty.text()).filter(isFrame)
  expect(before.length).toBeGreaterThan(20)
  expect(before.filter((frame) => ERASES.test(frame))).toEqual([])
  pty.forget()
  type('\u000c')
  await pty.until('drawn anew', (text) => ERASES.test(text))
  expect(partsOf(pty.text()).filter((part) => ERASES.test(part))).toHaveLength(1)
})

test('every frame has a beginning and an end, and nothing is written between them or beside them', async () => {
  const { pty, type } = await used(100, 30)
  type('q')
  await pty.ended
  const text = pty.text()
  const parts = partsOf(text)
  const frames = parts.filter(isFrame)
  for (const frame of frames) {
    expect(frame.endsWith(FRAME_END)).toBe(true)
    expect(frame.indexOf(FRAME_BEGIN, 1)).toBe(-1)
    expect(frame).not.toContain(`${ESC}]`) // titles belong to no frame
  }
  const [first, ...beside] = parts.filter((part) => !isFrame(part))
  const last = beside.pop()
  expect(first).toMatch(/\?1049h/)
  expect(last).toMatch(/\?1049l/)
  // Between the first and the last frame only the title of the terminal is set.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const part of beside) expect(part).toMatch(/^(?:\u001b\]2;[^\u0007]*\u0007)+$/)
})

/** A terminal that knows nothing of frames. */
const plainTerminal = (columns: number, rows: number) => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  return {
    write: (text: string): Promise<void> =>
      new Promise((resolve) => terminal.write(text.replaceAll(FRAME_BEGIN, '').replaceAll(FRAME_END, ''), resolve)),
    lines: (): readonly string[] =>
      Array.from({ length: rows }, (_, row) => terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)?.translateToString(true) ?? ''),
  }
}

test.each([
  [80, 24],
  [160, 48],
] as const)('without synchronised output no row is blank between two writes (%ix%i)', async (columns, rows) => {
  const { pty, type, screen } = await used(columns, rows)
  const last = withoutTimes(screen.text())
  const parts = partsOf(pty.text())
  const terminal = plainTerminal(columns, rows)
  const first = parts.findIndex(isFrame)
  for (const part of parts.slice(0, first + 1)) await terminal.write(part)
  for (const part of parts.slice(first + 1)) {
    const before = terminal.lines()
    await terminal.write(part)
    const lines = terminal.lines()
    // What stands on every screen stands after every write, and one write changes the view as a whole or not at all.
    expect(lines[0]).toMatch(/^eu-1 /)
    expect(lines[1]).toMatch(/1 Overv/)
    expect(lines[2]).toMatch(/^(?:==|--) /)
    expect(lines.at(-1)).toMatch(/q detach|Esc|connecting/)
    const titles = [before, lines].map((all) => all.filter((line) => /^(?:==|--) /.test(line)).length)
    if (!isFrame(part)) expect(lines).toEqual(before)
    else expect(titles[1]).toBeGreaterThan(0)
  }
  await expect.poll(() => withoutTimes(screen.text()), { timeout: 5_000 }).toBe(withoutTimes(terminal.lines().join('\n')))
  // The very same screen as one that is drawn in full.
  pty.forget()
  type('\u000c')
  await pty.until('drawn anew', (text) => ERASES.test(text))
  await expect.poll(() => withoutTimes(screen.text()), { timeout: 5_000 }).toBe(last)
})

test('while nothing changes only the first row is written, once a second', async () => {
  const at = place()
  await startEngine(at)
  const { pty, identity, screen, until } = await openLive(at)
  const clock = (): string => /\d\d:\d\d:\d\dZ/.exec(identity())?.[0] ?? ''
  const ticked = async (): Promise<void> => {
    const before = clock()
    await until('a second later', () => clock() !== before)
  }
  await ticked() // what the start still had to read is on the screen
  await ticked()
  const rest = screen.lines().slice(1)
  pty.forget()
  for (let tick = 0; tick < 4; tick += 1) await ticked()
  expect(screen.lines().slice(1).map(withoutTimes)).toEqual(rest.map(withoutTimes))
  const parts = partsOf(pty.text())
  expect(parts.every(isFrame)).toBe(true)
  for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThan(500)
  expect(parts.length).toBeLessThan(12)
})

test('what somebody else wrote on the screen is gone after Ctrl-L', async () => {
  const at = place()
  await startEngine(at)
  const { pty, screen, type, until } = await openLive(at)
  const wall = 'Broadcast message from root: the machine goes down'
  await until('settled', (text) => text.includes('source missing'))
  const before = withoutTimes(screen.text())
  writeFileSync(`/proc/${pty.pid()}/fd/1`, `\r\n\r\n${wall}\r\n${ESC}[1;1H${wall}\r\n`)
  await until('the text', (text) => text.includes(wall))
  type('\u000c')
  await until('the text gone', (text) => !text.includes('Broadcast'))
  await expect.poll(() => withoutTimes(screen.text()), { timeout: 5_000 }).toBe(before)
})
