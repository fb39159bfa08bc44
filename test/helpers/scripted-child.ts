/** A child process with the real runner around a main that does what the boot message's `account` says. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildContext, ChildHandle } from '../../engine/child/port.ts'
import { runChild } from '../../engine/child/run.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import { Exit, ExitError } from '../../src/exit.ts'

const never = (): Promise<never> => new Promise(() => undefined)

/** Blocks the event loop, as a strategy in an endless loop would, without using the processor. */
const block = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)

const main = async ({ boot, name, paths, send, shared }: ChildContext): Promise<ChildHandle> => {
  const [script, only = name] = boot.account.split(' for ')
  const does = only === name ? script : 'works'
  const met = boot.troubles.map(({ breaker }) => `, met ${breaker}`).join('')
  const ready = (): void => send({ kind: 'ready', evidence: `${does}, wanted ${boot.desired.state}${met}` })
  if (does === 'throws') throw new Error('a fault at the start')
  if (does === 'refuses') throw new ExitError(Exit.configuration, 'no such symbol', 'name another')
  if (does === 'exits 78') process.exit(Exit.configuration)
  if (does === 'fails') process.exit(1)
  if (does === 'is ready when told') return { onMessage: ready, drain: async () => undefined }
  if (does === 'says nothing') return { onMessage: () => undefined, drain: never }
  ready()
  if (does === 'begins late') {
    // Whichever of the two tells it first that it is an orphan.
    await new Promise<void>((resolve) => {
      for (const sign of ['SIGTERM', 'disconnect'] as const) process.once(sign, () => setTimeout(resolve, 50))
    })
  }
  if (does === 'speaks') {
    const engine = {
      state: 'running',
      desired: 'running',
      reason: 'all fresh',
      pid: process.ppid,
      startedAt: 0,
      version: 'test',
      configHash: '',
    } as const
    send({ kind: 'view', changes: { engine } })
  }
  if (does === 'babbles') {
    // As a strategy may, which has the channel of its process.
    for (const babble of [null, 'ready', 7, [], {}, { kind: 'view' }, { kind: 'ready' }, { kind: 'fatal', code: '78' }, { kind: 'boot' }])
      process.send?.(babble)
    send({ kind: 'view', changes: { equity: 'after the babble' } })
  }
  if (does === 'prints') console.log('before')
  if (does === 'throws later') setImmediate(() => Promise.reject(new Error('a fault in the middle')))
  if (does === 'leaves') setImmediate(() => process.exit(0))
  if (does === 'gives up and stays') send({ kind: 'fatal', code: Exit.corrupt, message: 'the tape is damaged' })
  if (does === 'hangs') setImmediate(block)
  if (does === 'waits') shared.progress[name].setWaiting(true)
  return {
    onMessage: (message) => {
      if (does === 'prints') console.log('after')
      if (message.kind === 'reload')
        send({ kind: 'commandResult', id: message.id, result: 'accepted', message: `by ${message.configHash}`, ledgerSequence: 1 })
      else if (message.kind === 'command' && message.reason !== 'do not answer')
        send({ kind: 'commandResult', id: message.id, result: 'accepted', message: `${message.command.kind} done`, ledgerSequence: 1 })
      // Two members of the snapshot that nobody else writes here, so that one message does not hide the other.
      else send({ kind: 'view', changes: { [message.kind === 'desired' ? 'modeOrigin' : 'equity']: JSON.stringify(message) } })
    },
    drain: async (reason) => {
      writeFileSync(join(paths.state, `drained-${name}`), reason)
      if (does === 'never drains') await never()
      if (does === 'breaks while draining') throw new Error('a fault at the end')
    },
  }
}

process.exitCode = await runChild(process.argv[2] as ChildName, main)
