import { expect, test } from 'vitest'
import { createSession } from '../../tui/terminal/session.ts'

const recorded = (underScreen = false) => {
  const log: string[] = []
  const session = createSession({
    keyboard: { setRawMode: (on) => log.push(on ? 'raw' : 'cooked') },
    writeNow: (text) => log.push(text),
    underScreen,
  })
  return { session, log }
}

test('leaving undoes everything that entering did', () => {
  const { session, log } = recorded()
  session.enter()
  const entered = log.join('')
  log.length = 0
  session.leave()
  const left = log.join('')
  for (const mode of ['1049', '2004']) {
    expect(entered).toContain(`\u001b[?${mode}h`)
    expect(left).toContain(`\u001b[?${mode}l`)
  }
  expect(entered).toContain('\u001b[?25l')
  expect(left).toContain('\u001b[?25h')
  expect(entered.startsWith('raw')).toBe(true)
  expect(left.startsWith('cooked')).toBe(true)
})

const modesOf = (text: string, end: 'h' | 'l'): string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  [...text.matchAll(/\u001b\[\?(\d+)([hl])/g)].filter(([, , which]) => which === end).map(([, mode = '']) => mode)

test('every mode that is switched on is switched off, with the mouse and without', () => {
  for (const mouse of [true, false]) {
    const { session, log } = recorded()
    session.mouse(mouse)
    session.enter()
    const on = modesOf(log.join(''), 'h')
    expect(on.includes('1000')).toBe(mouse)
    log.length = 0
    session.leave()
    expect(modesOf(log.join(''), 'l')).toEqual(expect.arrayContaining(on))
  }
})

test('entering ends what a killed program may have left: mouse, another keyboard, margins, half a frame', () => {
  const { session, log } = recorded()
  session.enter()
  const text = log.join('')
  expect(modesOf(text, 'l')).toEqual(expect.arrayContaining(['1000', '1002', '1003', '1006', '2026']))
  for (const sequence of ['\u001b[<u', '\u001b[r', '\u001b(B', '\u001b[0m']) expect(text).toContain(sequence)
})

test('the mouse is told of from the moment it is asked for, and no longer', () => {
  const { session, log } = recorded()
  session.enter()
  log.length = 0
  session.mouse(true)
  session.mouse(true)
  expect(modesOf(log.join(''), 'h')).toEqual(['1000', '1006'])
  log.length = 0
  session.mouse(false)
  expect(modesOf(log.join(''), 'l')).toEqual(['1006', '1003', '1002', '1000'])
})

test('both may be called any number of times', () => {
  const { session, log } = recorded()
  session.leave()
  session.enter()
  session.enter()
  session.leave()
  session.leave()
  expect(log.filter((entry) => entry === 'raw' || entry === 'cooked')).toEqual(['raw', 'cooked'])
})

test('under GNU screen the last frame is wiped before the other screen is left, since there may be none', () => {
  const { session, log } = recorded(true)
  session.enter()
  log.length = 0
  session.leave()
  const text = log.join('')
  expect(text.indexOf('\u001b[2J')).toBeGreaterThanOrEqual(0)
  expect(text.indexOf('\u001b[2J')).toBeLessThan(text.indexOf('\u001b[?1049l'))
})

test('a terminal that hung up stops nothing', () => {
  const session = createSession({
    keyboard: {
      setRawMode: (on) => {
        if (!on) throw new Error('EIO')
      },
    },
    writeNow: (text) => {
      if (text.includes('1049l')) throw new Error('EIO')
    },
    underScreen: false,
  })
  session.enter()
  expect(session.leave).not.toThrow()
})
