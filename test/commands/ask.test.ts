import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { commandLine } from '../helpers/command-line.ts'

/** `script` of util-linux gives a process a terminal of its own. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

const driver = `
  const { main } = await import(${JSON.stringify(fileURLToPath(new URL('../../tui/commands/main.ts', import.meta.url)))})
  process.exitCode = await main(['pause'])`

test.skipIf(!hasScript).each([
  { says: 'an answer is taken, and the command goes on', key: 'lunch\n', code: 3, shows: 'no engine of instance default is running' },
  { says: 'an empty answer refuses', key: '\n', code: 4, shows: 'the one given is empty' },
  { says: 'Ctrl-D refuses', key: '\u0004', code: 4, shows: 'the one given is empty' },
  { says: 'Ctrl-C ends it as it ends everything', key: '\u0003', code: 130, shows: '^C' },
])('on a terminal: $says (skipped without script of util-linux)', async ({ key, code, shows }) => {
  const { env } = commandLine()
  const child = spawn('script', ['-qec', `'${process.execPath}' --input-type=module -e "$DRIVER"`, '/dev/null'], {
    env: { ...env, DRIVER: driver, TERM: 'xterm', SHELL: '/bin/sh', PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', (chunk) => {
    const asked = out.includes('Reason to pause: ')
    out += chunk
    if (!asked && out.includes('Reason to pause: ')) child.stdin.write(key)
  })
  const [exit] = await once(child, 'close')
  expect([exit, out]).toEqual([code, expect.stringContaining(shows)])
})
