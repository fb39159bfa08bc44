import { expect, test, vi } from 'vitest'
import { type Console, openLive, place, startEngine } from './console-pty.ts'

vi.setConfig({ testTimeout: 30_000 })

const run = async ({ type, until }: Console, line: string): Promise<void> => {
  type(':')
  await until('palette', (text) => text.includes('Enter take'))
  // One by one: what follows characters that came together is taken for a part of them for a while.
  for (let length = 1; length <= line.length; length += 1) {
    type(line.charAt(length - 1))
    await until('typed', (text) => text.includes(`:${line.slice(0, length)}`))
  }
  type('\r')
}

test('the environment is that of the person: in the diagnosis, and for the colours of an instance that is attached to later', async () => {
  const at = place()
  await startEngine(at)
  const opened = await openLive(at, { env: { NO_COLOR: '1' }, args: ['--color', 'auto'] })
  await run(opened, 'diag')
  await opened.until('diagnosis', (text) => text.includes('environment'))
  expect(opened.screen.text()).toContain('NO_COLOR=1')
  expect(opened.screen.text()).not.toContain('FORCE_COLOR')
  opened.type('\r')
  await opened.until('back', (text) => text.includes('q detach'))
  await run(opened, 'attach us-1')
  await opened.until('attached', (text) => text.startsWith('us-1'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(opened.pty.text()).not.toMatch(/\u001b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])[;m]/)
})
