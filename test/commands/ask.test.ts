import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { commandLine } from '../helpers/command-line.ts'
import { openPty } from '../helpers/pty.ts'

const driver = `
  const { main } = await import(${JSON.stringify(fileURLToPath(new URL('../../tui/commands/main.ts', import.meta.url)))})
  process.exitCode = await main(['pause'])`

test.each([
  { says: 'an answer is taken, and the command goes on', key: 'lunch\n', code: 3, shows: 'no engine of instance default is running' },
  { says: 'an empty answer refuses', key: '\n', code: 4, shows: 'the one given is empty' },
  { says: 'Ctrl-D refuses', key: '\u0004', code: 4, shows: 'the one given is empty' },
  { says: 'Ctrl-C ends it as it ends everything', key: '\u0003', code: 130, shows: '^C' },
])('on a terminal: $says', async ({ key, code, shows }) => {
  const { env } = commandLine()
  const pty = openPty([process.execPath, '--input-type=module', '-e', driver], { PATH: process.env.PATH, ...env }, 80, 24)
  onTestFinished(() => pty.close())
  await pty.until('asked', (text) => text.includes('Reason to pause: '))
  pty.write(key)
  expect([await pty.ended, pty.text()]).toEqual([code, expect.stringContaining(shows)])
})
