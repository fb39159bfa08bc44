import { expect, test, vi } from 'vitest'
import { ESC, openLive, place, startEngine } from './console-pty.ts'

vi.setConfig({ testTimeout: 60_000 })

/** More than Node lets listen without a warning. */
const TIMES = 12

test('a console that was opened on one instance after the other keeps nothing of those before, and no warning comes on its screen', async () => {
  const at = place()
  await startEngine(at)
  const opened = await openLive(at)
  for (let index = 1; index <= TIMES; index += 1) {
    opened.type(':')
    await opened.until('palette', (text) => text.includes('Enter take'))
    opened.type(`${ESC}[200~attach us-${index}${ESC}[201~\r`)
    await opened.until(`attached ${index}`, (text) => text.startsWith(`us-${index} `) && text.includes('q detach'))
  }
  opened.type('q')
  expect(await opened.pty.ended).toBe(0)
  expect(opened.pty.text()).not.toContain('Warning')
})
