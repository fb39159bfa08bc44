import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type InstancePaths, instancePaths, type SocketRole, socketPath } from '../../src/home.ts'
import type { Millis } from '../../src/units.ts'
import { main } from '../../tui/commands/main.ts'
import type { Terminal } from '../../tui/commands/terminal.ts'
import { type FakeControl, fakeControl, type Handler } from './fake-control.ts'

export type Ran = { readonly code: number; readonly out: string; readonly err: string; readonly json: () => unknown; readonly lines: () => unknown[] }

export const NOW = Date.parse('2026-01-31T12:00:00Z')

/** The command line in this process, with a home of its own that goes when the test ends. */
export type CommandLine = {
  readonly folder: string
  readonly paths: InstancePaths
  readonly env: Record<string, string>
  readonly run: (line: string | readonly string[], terminal?: Partial<Terminal> & { answers?: string[] }) => Promise<Ran>
  /** Writes a line file of the instance, one record a line. */
  readonly write: (path: string, records: readonly unknown[]) => void
  readonly engine: (
    handlers: Record<string, Handler>,
    options?: { role?: SocketRole; pid?: number; at?: SocketRole; now?: number },
  ) => Promise<FakeControl>
}

export const commandLine = (): CommandLine => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, 'home')
  const env = { HOME: folder, AEGIS_HOME: home, XDG_RUNTIME_DIR: join(folder, 'run'), XDG_STATE_HOME: join(folder, 'state'), LANG: 'C.UTF-8' }
  mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 })
  const paths = instancePaths(home, 'default')

  const run: CommandLine['run'] = async (line, { answers, ...over } = {}) => {
    let out = ''
    let err = ''
    const code = await main(typeof line === 'string' ? line.split(' ') : line, {
      env,
      folder,
      clock: { now: () => NOW as Millis, monotonic: () => performance.now() },
      newId: () => 'command-0001',
      engineScript: join(folder, 'no-engine.js'),
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      canAsk: answers !== undefined,
      canDraw: false,
      ask: async (question) => {
        err += question
        return answers?.shift() ?? ''
      },
      openConsole: async () => {
        throw new Error('no console was expected')
      },
      ended: () => new AbortController().signal,
      ...over,
    })
    return {
      code,
      out,
      err,
      json: () => JSON.parse(out),
      lines: () =>
        out
          .trim()
          .split('\n')
          .map((each) => JSON.parse(each)),
    }
  }

  return {
    folder,
    paths,
    env,
    run,
    write: (path, records) => {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, records.map((record) => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''))
    },
    engine: async (handlers, { at = 'operator', role = at, ...options } = {}) => {
      const control = await fakeControl(socketPath(env, home, 'default', at), handlers, { role, now: NOW, ...options })
      onTestFinished(control.close)
      return control
    },
  }
}
