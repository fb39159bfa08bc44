import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { processStart } from '../../tui/commands/process-start.ts'
import { commandLine } from '../helpers/command-line.ts'

/** A process that can be told to go, as an engine's is. */
const process4 = async (): Promise<{ pid: number; child: ChildProcess }> => {
  const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => undefined, 1_000)"], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.stdout === null || child.pid === undefined) throw new Error('not started')
  await once(child.stdout, 'data')
  return { pid: child.pid, child }
}

describe('stop', () => {
  test.each([
    { line: 'stop', now: false },
    { line: 'stop --now', now: true },
  ])('$line asks for it and waits until the process is gone', async ({ line, now }) => {
    const { run, engine } = commandLine()
    const { pid, child } = await process4()
    const { asked } = await engine(
      {
        command: () => {
          child.kill('SIGTERM')
          return { result: { outcome: 'accepted', auditSequence: 1, message: 'draining' } }
        },
      },
      { pid },
    )
    const { code, out } = await run(line)
    expect([code, out]).toEqual([Exit.done, `engine default stopped (pid ${pid})\n`])
    expect(processStart(pid)).toBeNull()
    expect(asked.at(-1)?.params.command).toEqual({ kind: 'stop', now })
  })

  test('an engine that ended before it could answer is stopped all the same', async () => {
    const { run, engine } = commandLine()
    const { pid, child } = await process4()
    await engine(
      {
        command: () => {
          child.kill('SIGKILL')
          return 'hangUp'
        },
      },
      { pid },
    )
    expect((await run('stop --json')).json()).toEqual({ stopped: true, instance: 'default', pid })
  })

  test('an engine that is still there after its time is exit 5', async () => {
    const { run, engine } = commandLine()
    const { pid } = await process4()
    await engine({ command: () => ({ result: { outcome: 'accepted', auditSequence: 1, message: 'draining' } }) }, { pid })
    let looks = 0
    // The clock of the wait jumps, so that the test need not wait.
    const clock = { now: () => 0 as never, monotonic: () => (looks++ === 0 ? 0 : 60_000) }
    const { code, err } = await run('stop', { clock })
    expect([code, err]).toEqual([Exit.unknown, expect.stringContaining(`(pid ${pid}) is still there`)])
    expect(processStart(pid)).not.toBeNull()
  })

  test('a refusal is exit 4', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => ({ result: { outcome: 'refused', auditSequence: 2, message: 'draining already' } }) })
    expect((await run('stop')).code).toBe(Exit.refused)
  })
})

test('a number that another process has now is not the process that was meant', () => {
  expect(processStart(process.pid)).toMatch(/^\d+$/)
  expect(processStart(process.pid)).not.toBe(processStart(process.ppid))
})
