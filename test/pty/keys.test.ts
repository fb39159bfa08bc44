import { setTimeout as line } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { type Random, seeded } from '../../src/random.ts'
import { type Console, ESC, openConsole, openLive, place, startEngine, withoutTimes } from './console-pty.ts'

vi.setConfig({ testTimeout: 60_000 })

const TITLES = ['Cycles', 'Signals', 'Breakers', 'Positions', 'Audit', 'Log', 'Charts', 'Fleet'] as const
const below = (random: Random, count: number): number => Math.floor(random.next() * count)

/** Help opens over everything and closes again: what was typed before it has been taken by then. */
const taken = async ({ type, until }: Console): Promise<void> => {
  type(`${ESC}OP`) // F1, as a sequence: it may come in one chunk with the key before it
  await until('the help', (text) => text.includes('Esc close'))
  type('?')
  await until('the help closed', (text) => !text.includes('Esc close'))
}

const KEYS = [`${ESC}[A`, `${ESC}[B`, `${ESC}[C`, `${ESC}[D`, `${ESC}OA`, `${ESC}OB`, 'j', 'k', 'g', 'G', '\t', ...'123456'] as const
const COUNT = 200
/** Parts of one key come so far apart at most. A key is held many times as long: what writes them here has to share the machine. */
const APART_MS_MAX = 60
const ESC_MS = '2000'

test(`${COUNT} keys whose sequences come in parts give the state of the same keys that come whole`, async () => {
  const random = seeded(16)
  const keys = Array.from({ length: COUNT }, () => KEYS[below(random, KEYS.length)] ?? 'j')
  const at = place()
  await startEngine(at)
  const [lossy, whole] = await Promise.all([openLive(at, { env: { AEGIS_ESC_MS: ESC_MS } }), openLive(at)])
  const inParts = async (): Promise<void> => {
    for (const key of keys) {
      const cut = key.length < 2 ? 0 : 1 + below(random, key.length - 1)
      if (cut > 0) {
        lossy.type(key.slice(0, cut))
        await line(below(random, APART_MS_MAX)) // the line is slow; nothing is waited for here
      }
      lossy.type(key.slice(cut))
      await taken(lossy)
    }
  }
  const inOne = async (): Promise<void> => {
    for (const key of keys) {
      whole.type(key)
      await taken(whole)
    }
  }
  await Promise.all([inParts(), inOne()])
  await expect.poll(() => withoutTimes(lossy.screen.text()), { timeout: 5_000 }).toBe(withoutTimes(whole.screen.text()))
  for (const view of ['6', '5', '4', '3', '2', '1']) {
    for (const each of [lossy, whole]) {
      each.type(view)
      await taken(each) // where this view is open already, nothing else tells
      await each.until(`view ${view}`, (text) => text.includes(`[${view} `))
    }
    await expect.poll(() => withoutTimes(lossy.screen.text()), { timeout: 5_000 }).toBe(withoutTimes(whole.screen.text()))
  }
})

test('a key whose rest comes while the console stands still is that key, though its time is up by then', async () => {
  const at = place()
  await startEngine(at)
  const opened = await openLive(at, { env: { AEGIS_ESC_MS: String(HELD_MS) } })
  opened.type(ESC)
  await line(HELD_MS / 2)
  process.kill(opened.pty.pid(), 'SIGSTOP')
  opened.type('[B')
  await line(HELD_MS)
  process.kill(opened.pty.pid(), 'SIGCONT')
  await opened.until('one row down', (text) => /^> 998/m.test(text))
  expect(opened.screen.text()).not.toContain('does nothing here')
})
const HELD_MS = 200

const PASTE_BYTES = 10_240

const HISTORY = ['cd /srv/aegis', 'git pull', 'p', 'y', 'K', 'X', 'q', 'kill -9 4242', 'rm -rf old', "echo 'pause' | sh", ':halt now']
  .join('\n')
  .concat('\n')

const randomText = (random: Random, bytes: number): string =>
  Array.from({ length: bytes }, () => String.fromCharCode(0x20 + below(random, 0x5f))).join('')

/** All but the clock, the ages, and the row of hints. */
const stateOf = ({ screen }: Console): string => withoutTimes(screen.lines().slice(0, -2).join('\n'))

test.each(['with', 'without'] as const)('text that is pasted %s brackets on any view changes nothing but a hint', async (how) => {
  const random = seeded(53)
  const at = place()
  const engine = await startEngine(at)
  const opened = await openLive(at)
  const texts = [randomText(random, PASTE_BYTES), HISTORY.repeat(Math.ceil(PASTE_BYTES / HISTORY.length))]
  for (const [index, title] of TITLES.entries()) {
    opened.type(String(index + 1))
    await opened.until(title, (text) => text.includes(`== ${title}`))
    await taken(opened)
    for (const text of texts) {
      const before = stateOf(opened)
      opened.type(how === 'with' ? `${ESC}[200~${text}${ESC}[201~` : text)
      await opened.until('a hint', (all) => /pasted text does nothing here|characters at once do nothing here/.test(all))
      await settled(opened)
      if (title !== 'Charts' && title !== 'Fleet') expect(stateOf(opened)).toBe(before)
      await expect.poll(() => opened.screen.text()).toContain(`== ${title}`)
      await taken(opened)
    }
  }
  expect(engine.commands).toEqual([])
})

/** A key that nothing is bound to takes the place of the hint once the keyboard is free of the text before it. */
const settled = async ({ type, screen }: Console): Promise<void> => {
  await expect
    .poll(
      () => {
        type('\u0000')
        return screen.text()
      },
      { interval: 150, timeout: 5_000 },
    )
    .toContain('Ctrl-Space does nothing here')
}

test('a paste without an end gives the keyboard back, and Ctrl-C works within it', async () => {
  const at = place()
  const engine = await startEngine(at)
  const opened = await openLive(at)
  const from = performance.now()
  opened.type(`${ESC}[200~p\ry`)
  const free = await opened.until('the end of it', (text) => text.includes('pasted text does nothing here'))
  expect(free - from).toBeLessThan(FREE_MS_MAX)
  opened.type('j')
  await opened.until('a key', (text) => /^> 998/m.test(text))
  opened.type(`${ESC}[200~p\ry and no end`)
  opened.type('\u0003')
  expect(await opened.pty.ended).toBe(0)
  expect(engine.commands).toEqual([])
})
/** Seen: 1.0 s. */
const FREE_MS_MAX = 3_500

const RUNS = Number(process.env.AEGIS_RUNS ?? 100_000)
/** Leaving and stopping are not what is looked for: Ctrl-C, Ctrl-Z, Ctrl-\, q. */
const LEFT_OUT: ReadonlySet<number> = new Set([0x03, 0x1a, 0x1c, 0x71])
const CHUNK_MAX = 64

test(`${RUNS} random bytes ask nothing of the engine and end nothing`, { timeout: 60_000 + RUNS }, async () => {
  const random = seeded(54)
  const at = place()
  const engine = await startEngine(at)
  // What an export writes goes where the test cleans up.
  const opened = openConsole(at, { folder: at.folder })
  await opened.until('live', (text) => /RUNNING/.test(text) && text.includes('q detach'))
  const byte = (): number => {
    const next = below(random, 256)
    return LEFT_OUT.has(next) ? byte() : next
  }
  let left = RUNS
  while (left > 0) {
    const chunk = Buffer.from(Array.from({ length: Math.min(left, 1 + below(random, CHUNK_MAX)) }, byte))
    left -= chunk.length
    opened.pty.write(chunk)
    await line(below(random, 4))
  }
  expect(engine.commands).toEqual([])
  let code: number | null = null
  void opened.pty.ended.then((ended) => {
    code = ended
  })
  // Closes whatever is open, and then detaches.
  await expect
    .poll(
      () => {
        if (code === null) opened.type('\u0003')
        return code
      },
      { interval: 300, timeout: 20_000 },
    )
    .toBe(0)
  await expect.poll(() => opened.screen.text().replaceAll('\n', '')).toContain('still running')
  expect(engine.commands).toEqual([])
})
