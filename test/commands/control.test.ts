import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CommandRequest } from '../../src/contracts/command.ts'
import { RpcError } from '../../src/contracts/protocol.ts'
import { Exit } from '../../src/exit.ts'
import { socketPath } from '../../src/home.ts'
import { commandLine, NOW } from '../helpers/command-line.ts'
import type { Handler, Reply } from '../helpers/fake-control.ts'

const accepted: Reply = { result: { outcome: 'accepted', auditSequence: 12, message: 'done' } }
/** A day behind the clock of whoever asks. */
const ENGINE_NOW = NOW - 86_400_000
const taking: Record<string, Handler> = { command: () => accepted }

describe('a command', () => {
  test.each([
    { line: 'pause --reason news', command: { kind: 'pause' } },
    { line: 'resume --reason calm', command: { kind: 'resume' } },
    { line: 'halt --yes --reason stop', command: { kind: 'halt' } },
    { line: 'flatten --yes --reason home', command: { kind: 'flatten', symbol: null } },
    { line: 'flatten BTCUSD --yes --reason home', command: { kind: 'flatten', symbol: 'BTCUSD' } },
    { line: 'cancel l-7 --reason stale', command: { kind: 'cancel', clientOrderId: 'l-7' } },
    { line: 'breakers rearm halt --reason looked', command: { kind: 'rearm', breaker: 'halt' } },
    { line: 'breakers trip drawdown --reason sure', command: { kind: 'trip', breaker: 'drawdown' } },
    { line: 'reload --reason edited', command: { kind: 'reload' } },
    { line: 'kill-switch on --reason fire', command: { kind: 'killSwitch', on: true, origin: 'command' } },
    { line: 'kill-switch off --reason out', command: { kind: 'killSwitch', on: false, origin: 'command' } },
    { line: 'phase set proof --reason ready', command: { kind: 'phase', to: 'proof', force: false } },
    { line: 'phase set trial --force --reason sure', command: { kind: 'phase', to: 'trial', force: true } },
    { line: 'ack --reason seen', command: { kind: 'ack', alert: null } },
    { line: 'ack 7 --reason seen', command: { kind: 'ack', alert: 7 } },
  ])('$line sends what the contract takes, valid for 30 s of its clock, and says what became of it', async ({ line, command }) => {
    const { run, engine } = commandLine()
    const { asked } = await engine(taking, { now: ENGINE_NOW })
    const { code, out } = await run(line)
    expect({ code, out }).toEqual({ code: Exit.done, out: `${command.kind} accepted: done  (audit 12)\n` })
    const request = CommandRequest.parse(asked.at(-1)?.params)
    expect(request).toMatchObject({ id: 'command-0001', command, reason: line.split(' ').at(-1) })
    const validMs = request.expiresAt - ENGINE_NOW
    expect(validMs >= 30_000 && validMs < 40_000, `valid for ${validMs} ms of the engine's clock`).toBe(true)
  })

  test('with --json the result is a document', async () => {
    const { run, engine } = commandLine()
    await engine(taking)
    expect((await run('pause --reason news --json')).json()).toEqual({
      command: 'pause',
      id: 'command-0001',
      outcome: 'accepted',
      auditSequence: 12,
      message: 'done',
    })
  })

  test('refused is exit 4, with the reason on standard error', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => ({ result: { outcome: 'refused', auditSequence: 13, message: 'halted: re-arm first' } }) })
    const { code, out, err } = await run('resume --reason go')
    expect([code, out, err]).toEqual([Exit.refused, '', expect.stringContaining('resume refused: halted: re-arm first')])
  })

  test('an engine that hangs up is asked once more under the same id', async () => {
    const { run, engine } = commandLine()
    let times = 0
    const { asked } = await engine({
      command: () => {
        times += 1
        return times === 1 ? 'hangUp' : accepted
      },
    })
    expect((await run('pause --reason news')).code).toBe(Exit.done)
    const commands = asked.filter(({ method }) => method === 'command').map(({ params }) => params.id)
    expect(commands).toEqual(['command-0001', 'command-0001'])
  })

  test.each([null, {}, { outcome: 'done', auditSequence: 1, message: '' }])(
    'an answer that is none, %j, leaves the result unknown: exit 5',
    async (result) => {
      const { run, engine } = commandLine()
      await engine({ command: () => ({ result }) })
      expect((await run('pause --reason news')).code).toBe(Exit.unknown)
    },
  )

  test('an engine that never answers leaves the result unknown: exit 5', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => 'hangUp' })
    const { code, err } = await run('pause --reason news')
    expect([code, err]).toEqual([Exit.unknown, expect.stringContaining('it may still happen')])
  })

  test('text from the engine is inert', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => ({ result: { outcome: 'accepted', auditSequence: 1, message: 'ok\u001b]0;owned\u0007\nforged line' } }) })
    const { out } = await run('pause --reason news')
    expect(out).toBe('pause accepted: ok\\x1b]0;owned\\x07\\x0aforged line  (audit 1)\n')
  })

  test('an engine of another protocol is exit 6', async () => {
    const { run, engine } = commandLine()
    await engine({ hello: () => ({ error: { code: RpcError.protocol, message: 'this engine speaks protocol 9' } }) })
    expect((await run('pause --reason news')).code).toBe(Exit.protocol)
  })

  test('a value that the contract does not take is exit 64', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => ({ error: { code: -32602, message: 'command.symbol: a symbol is …' } }) })
    expect((await run('flatten btc --yes --reason x')).code).toBe(Exit.usage)
  })

  test('an observer is refused: exit 4', async () => {
    const { run, engine } = commandLine()
    await engine({ command: () => ({ error: { code: RpcError.forbidden, message: 'an observer may only read' } }) })
    expect((await run('pause --reason news')).code).toBe(Exit.refused)
  })
})

describe('before anything is sent', () => {
  test.each(['pause', 'resume', 'halt --yes', 'flatten --yes', 'cancel x', 'breakers rearm halt'])(
    '%s without a reason is refused: exit 4',
    async (line) => {
      const { run, engine } = commandLine()
      const { asked } = await engine(taking)
      const { code, err } = await run(line)
      expect([code, err]).toEqual([Exit.refused, expect.stringContaining('--reason TEXT')])
      expect(asked.filter(({ method }) => method === 'command')).toEqual([])
    },
  )

  test.each(['halt --reason x', 'flatten --reason x', 'halt --reason x --no-input'])('%s unconfirmed is refused: exit 4', async (line) => {
    const { run, engine } = commandLine()
    const { asked } = await engine(taking)
    expect((await run(line, line.includes('--no-input') ? { answers: ['default'] } : {})).code).toBe(Exit.refused)
    expect(asked.filter(({ method }) => method === 'command')).toEqual([])
  })

  test('a person is asked for the reason, and types the name of the engine to halt it', async () => {
    const { run, engine } = commandLine()
    const { asked } = await engine(taking)
    const { code, err } = await run('halt', { answers: ['looks wrong', 'default'] })
    expect(code).toBe(Exit.done)
    expect(err).toContain('halt cancels every working order and opens nothing until it is re-armed')
    expect(asked.at(-1)?.params.reason).toBe('looks wrong')
  })

  test.each([['looks wrong', 'defualt'], ['looks wrong', 'y'], ['']])('any other answer refuses: %s %s', async (...answers) => {
    const { run, engine } = commandLine()
    const { asked } = await engine(taking)
    expect((await run('halt', { answers: [...answers] })).code).toBe(Exit.refused)
    expect(asked.filter(({ method }) => method === 'command')).toEqual([])
  })

  test.each(['pause', 'status', 'positions', 'orders', 'breakers', 'stop'])('%s with no engine is exit 3', async (command) => {
    const { code, err } = await commandLine().run([command, ...(command === 'pause' ? ['--reason', 'x'] : [])])
    expect([code, err]).toEqual([Exit.notRunning, expect.stringContaining('no engine of instance default is running')])
  })

  test('a socket file that nobody listens on is no engine', async () => {
    const { run, env, paths } = commandLine()
    const path = socketPath(env, paths.home, 'default', 'operator')
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, '')
    expect((await run('pause --reason x')).code).toBe(Exit.notRunning)
  })

  test('the trip of a breaker needs its name', async () => {
    expect((await commandLine().run('breakers trip --reason y')).code).toBe(Exit.usage)
  })
})
