import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import xterm from '@xterm/headless'
import { expect, test, vi } from 'vitest'
import { cycleFixture, snapshotFixture } from '../helpers/snapshot-fixture.ts'
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
  const rowAt = (row: number): string => terminal.buffer.active.getLine(row)?.translateToString(false) ?? ''
  return {
    /** Calls back when a text was read, before the next one is. */
    write: (text: string, onRead: () => void): void => terminal.write(text.replaceAll(FRAME_BEGIN, '').replaceAll(FRAME_END, ''), onRead),
    rowAt,
    lines: (): readonly string[] => Array.from({ length: rows }, (_, row) => rowAt(row)),
    /** Where the next character would stand. */
    cursor: () => ({ row: terminal.buffer.active.cursorY, column: terminal.buffer.active.cursorX }),
    /** Resolves when everything was read. */
    settled: (): Promise<void> => new Promise((resolve) => terminal.write('', resolve)),
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken apart
const TOKENS = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007|[^\u001b]+/g

/** A frame in pieces, as a slow line may deliver it: cut between any two sequences, and within texts. */
const piecesOf = (frame: string): readonly string[] =>
  (frame.match(TOKENS) ?? []).flatMap((token) =>
    token.startsWith(ESC) || token.length < 2 ? [token] : [token.slice(0, token.length >> 1), token.slice(token.length >> 1)],
  )

/**
 * Every frame that was written, in pieces, and the rows that were seen on the way and stand in neither of two frames. A row that is being
 * written is the new one so far and the old one from there on.
 */
const replayed = async (text: string, columns: number, rows: number) => {
  const parts = partsOf(text)
  const first = parts.findIndex(isFrame)
  const whole = plainTerminal(columns, rows)
  const screens: (readonly string[])[] = []
  for (const part of parts) whole.write(part, () => screens.push(whole.lines()))
  await whole.settled()

  const slow = plainTerminal(columns, rows)
  const violations: string[] = []
  let writing = 0
  const look = (index: number, row: number): void => {
    const [line, old = '', young = ''] = [slow.rowAt(row), screens[index - 1]?.[row], screens[index]?.[row]]
    const { column, row: now } = slow.cursor()
    if (line === old || line === young || (row === now && line === young.slice(0, column) + old.slice(column))) return
    violations.push(`part ${index}, row ${row}: ${JSON.stringify(line)}`)
  }
  for (const [index, part] of parts.entries()) {
    const pieces = piecesOf(part)
    for (const [at, piece] of pieces.entries())
      slow.write(piece, () => {
        if (index <= first) return // a new screen is empty
        const { row } = slow.cursor()
        const all = at % ALL_ROWS_EVERY === 0 || at === pieces.length - 1
        for (const each of all ? Array.from({ length: rows }, (_, line) => line) : new Set([writing, row])) look(index, each)
        writing = row
      })
  }
  await slow.settled()
  return { frames: parts.filter(isFrame).length - 1, violations, last: screens.at(-1) ?? [] }
}
/** After so many pieces all rows are looked at, and after the others the one that is written and the one before. */
const ALL_ROWS_EVERY = 16

const FRAMES = 500
/** What is typed again and again, and shows at once: views, lists, details, help, the palette, a filter, panes that grow. */
const TOUR = [...'1jjk\tzz??23jk4jk5861zz74:st', ESC, ...'21/9', ESC, ...'362854']

/** A console that draws so many frames, of keys and of an engine that has news with each of them. */
const busy = async (columns: number, rows: number) => {
  const at = place()
  const engine = await startEngine(at)
  const opened = await openLive(at, { columns, rows })
  const base = snapshotFixture()
  let drawn = 0
  opened.pty.onData((chunk) => {
    drawn += chunk.split(FRAME_END).length - 1
  })
  for (let count = 0; drawn < FRAMES; count += 1) {
    const before = drawn
    const quantity = `0.7${1_000 + count}`
    const cycles = Array.from({ length: 20 }, (_, index) => cycleFixture(999 + count - index))
    engine.change({
      positions: base.positions.slice(count % 3 === 0 ? 1 : 0).map((position) => ({ ...position, quantity })),
      ...(count % 4 === 0 ? { cycle: cycleFixture(999 + count), cycles } : {}),
    })
    appendFileSync(
      join(at.logs, 'feed.jsonl'),
      `${JSON.stringify({ level: 30 + 10 * (count % 3), time: Date.now(), pid: 1, msg: `line ${'x'.repeat(count % 90)}` })}\n`,
    )
    opened.type(TOUR[count % TOUR.length] ?? '1')
    await opened.pty.until('the next frame', () => drawn > before)
  }
  return opened
}

test(`in ${2 * FRAMES} frames a terminal without synchronised output shows no row that is of no frame, wherever the bytes of a frame stop`, {
  timeout: 120_000,
}, async () => {
  const sizes = [[80, 24] as const, [160, 48] as const]
  const opened = await Promise.all(sizes.map(([columns, rows]) => busy(columns, rows)))

  for (const [index, { pty }] of opened.entries()) {
    const [columns, rows] = sizes[index] ?? [0, 0]
    const { frames, violations } = await replayed(pty.text(), columns, rows)

    expect(violations.slice(0, 9)).toEqual([])
    expect(frames).toBeGreaterThanOrEqual(FRAMES)
  }
})

test.each([
  [80, 24],
  [160, 48],
] as const)('what is left of many frames is the very screen that is drawn in full (%ix%i)', async (columns, rows) => {
  const { pty, type, screen } = await used(columns, rows)
  const { last } = await replayed(pty.text(), columns, rows)
  const shown = (lines: readonly string[]): string => withoutTimes(lines.map((line) => line.trimEnd()).join('\n'))
  await expect.poll(() => shown(screen.lines()), { timeout: 5_000 }).toBe(shown(last))
  pty.forget()
  type('\u000c')
  await pty.until('drawn anew', (text) => ERASES.test(text))
  await expect.poll(() => shown(screen.lines()), { timeout: 5_000 }).toBe(shown(last))
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
  // Files are looked at once more a moment later, so what is compared is a screen that stands.
  let before = ''
  const stands = (): boolean => {
    const last = before
    before = withoutTimes(screen.text())
    return before === last
  }
  await expect.poll(stands, { interval: 1_200, timeout: 15_000 }).toBe(true)
  writeFileSync(`/proc/${pty.pid()}/fd/1`, `\r\n\r\n${wall}\r\n${ESC}[1;1H${wall}\r\n`)
  await until('the text', (text) => text.includes(wall))
  type('\u000c')
  await until('the text gone', (text) => !text.includes('Broadcast'))
  await expect.poll(() => withoutTimes(screen.text()), { timeout: 5_000 }).toBe(before)
})
