import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { FRAME_BYTES_MAX, JsonRpcError, PROTOCOL, RpcError } from '../../src/contracts/protocol.ts'
import { encodeFrame } from '../../src/ndjson.ts'
import { type ConnectOptions, connect, type Link } from '../../tui/link/connect.ts'
import { pause, person } from '../control/sample.ts'
import { createPlace, createWorld, type Place } from '../control/world.ts'
import { fakeEngine, hello, listenAs } from './fake-engine.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const place = (): Place => {
  const made = createPlace()
  undo.push(made.remove)
  mkdirSync(dirname(made.path('operator')), { recursive: true, mode: 0o700 })
  return made
}
const dial = (path: string, more: Partial<ConnectOptions> = {}) => connect({ path, client: person, build: 'test', ...more })
const linked = async (path: string, more: Partial<ConnectOptions> = {}): Promise<Link> => {
  const result = await dial(path, more)
  if (!result.ok) throw new Error(result.error.message)
  undo.push(result.value.close)
  return result.value
}
const kindOf = async (path: string, more: Partial<ConnectOptions> = {}): Promise<string> => {
  const result = await dial(path, more)
  return result.ok ? 'linked' : `${result.error.kind}: ${result.error.message}`
}

test('a missing path is absent', async () => {
  expect(await kindOf(place().path('operator'))).toMatch(/^absent: no engine: .*operator\.sock does not exist$/)
})

test('the socket file of a killed engine is refused', async () => {
  const path = place().path('operator')
  const script = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'
  spawnSync(process.execPath, ['-e', script, path])
  expect(await kindOf(path)).toMatch(/^refused: nobody listens/)
})

test('a file is not a socket', async () => {
  const path = place().path('operator')
  writeFileSync(path, '')
  expect(await kindOf(path)).toMatch(/^notSocket: /)
})

test('a folder in which others may write is denied, because anyone could answer there', async () => {
  const { place: where, dispose } = await createWorld()
  undo.push(dispose)
  chmodSync(dirname(where.path('operator')), 0o777)
  expect(await kindOf(where.path('operator'))).toMatch(/^denied: others may write/)
})

test.skipIf(process.getuid?.() !== 0)('a folder of another user is denied (needs root to be made)', async () => {
  const { place: where, dispose } = await createWorld()
  undo.push(dispose)
  const folder = dirname(where.path('operator'))
  spawnSync('chown', ['65534', folder])
  expect(await kindOf(where.path('operator'))).toMatch(/^denied: .*belongs to user 65534/)
})

test('too many clients are denied with the number', async () => {
  const { place: where, dispose } = await createWorld({ limits: { clientsMax: 1 } })
  undo.push(dispose)
  await linked(where.path('operator'))
  expect(await kindOf(where.path('operator'))).toMatch(/^denied: .*1 clients are connected already/)
})

test.each([
  { says: 'a program that says nothing', speak: undefined, kind: /^timeout: / },
  { says: 'a program that hangs up', speak: '', kind: /^refused: .*hung up/ },
  { says: 'a mail server', speak: '220 mail.example.org ESMTP\r\n', kind: /^protocol: .*not an engine/ },
  { says: 'a program that speaks other JSON', speak: '{"jsonrpc":"2.0","id":1,"result":"hi"}\n', kind: /^protocol: / },
  { says: 'a program that answers with null', speak: '{"jsonrpc":"2.0","id":1,"result":null}\n', kind: /^protocol: / },
  { says: 'a program whose error is null', speak: '{"jsonrpc":"2.0","id":1,"error":null}\n', kind: /^protocol: / },
  { says: 'a program that never ends its line', speak: 'x'.repeat(FRAME_BYTES_MAX + 1), kind: /^protocol: .*1048576 bytes/ },
])('$says is no engine', async ({ speak, kind }) => {
  const path = place().path('operator')
  const other = await listenAs(path, (socket) => {
    socket.resume()
    if (speak === '') socket.end()
    else if (speak !== undefined) socket.write(speak)
  })
  undo.push(other.close)
  expect(await kindOf(path, { connectMsMax: speak === undefined ? 20 : 2_000 })).toMatch(kind)
})

test('an engine of another instance is told apart where one is asked for', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, () => undefined)
  undo.push(engine.close)
  expect(await kindOf(path, { instance: hello.instance })).toBe('linked')
  expect(await kindOf(path, { instance: 'eu-9' })).toMatch(/^stranger: another instance's engine answers: \S+ \(pid \d+\), not eu-9, at /)
})

test('an engine with another protocol is named with both numbers, whichever end notices', async () => {
  const path = place().path('operator')
  const noticed = await listenAs(path, (socket) => {
    const error = { code: RpcError.protocol, message: `this engine speaks protocol 7, the client speaks ${PROTOCOL}` }
    socket.resume().write(encodeFrame({ jsonrpc: '2.0', id: 1, error }))
  })
  expect(await kindOf(path)).toMatch(/^protocol: .*7.*1/)
  await noticed.close()
  const unnoticed = await listenAs(path, (socket) => {
    socket.resume().write(encodeFrame({ jsonrpc: '2.0', id: 1, result: { ...hello, protocol: 7 } }))
  })
  undo.push(unnoticed.close)
  expect(await kindOf(path)).toMatch(/^protocol: .*1.*7/)
})

test('the time of the engine is that of its greeting and of all that it says later, whatever the clock here says', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, ({ id }, { answer, push }) => {
    push('heartbeat', { sequence: 1, at: hello.at + 3_600_000 })
    answer(id, {})
  })
  undo.push(engine.close)
  const link = await linked(path)
  const late = (at: number): boolean => link.now() >= at - 1 && link.now() < at + 5_000
  expect(late(hello.at)).toBe(true)
  await expect.poll(link.now, { interval: 1 }).toBeGreaterThanOrEqual(hello.at + 15)
  await link.request('status', {})
  expect(late(hello.at + 3_600_000)).toBe(true)
})

test('giving up ends the attempt at once', async () => {
  const path = place().path('operator')
  const mute = await listenAs(path, (socket) => void socket.resume())
  undo.push(mute.close)
  const abort = new AbortController()
  const attempt = kindOf(path, { signal: abort.signal, connectMsMax: 60_000 })
  setImmediate(() => abort.abort())
  expect(await attempt).toMatch(/given up|hung up/)
})

test('requests are answered, refused or mapped to their code', async () => {
  const world = await createWorld()
  undo.push(world.dispose)
  const operator = await linked(world.place.path('operator'))
  const observer = await linked(world.place.path('observer'))
  expect(operator.hello).toMatchObject({ role: 'operator', instance: 'default' })
  expect(await operator.request('command', pause())).toEqual({ ok: true, value: { outcome: 'accepted', auditSequence: 1, message: 'done' } })
  expect(await observer.request('command', pause())).toMatchObject({ ok: false, error: { kind: 'error', code: RpcError.forbidden } })
  expect(await operator.request('command', { ...pause(), id: 'x' })).toMatchObject({ ok: false, error: { code: JsonRpcError.invalidParams } })
  expect(await observer.request('status', {})).toMatchObject({ ok: true, value: { instance: 'default' } })
})

test('a request without an answer times out, and a closed link answers closed', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, () => undefined)
  undo.push(engine.close)
  const link = await linked(path, { requestMsMax: 10 })
  expect(await link.request('status', {})).toMatchObject({ ok: false, error: { kind: 'timeout' } })

  const patient = await linked(path)
  const pending = patient.request('status', {})
  patient.close()
  expect(await pending).toEqual({ ok: false, error: { kind: 'closed', message: 'closed by us' } })
  expect(await patient.closed).toBe('closed by us')
  expect(await patient.request('status', {})).toMatchObject({ ok: false, error: { kind: 'closed' } })
})

test('an engine that dies ends its requests', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, (_, peer) => peer.socket.destroy())
  undo.push(engine.close)
  const link = await linked(path)
  expect(await link.request('status', {})).toMatchObject({ ok: false, error: { kind: 'closed' } })
  expect(await link.closed).toMatch(/closed|broke|ended/)
})

test('an answer without end closes the link instead of filling the memory', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, (_, peer) => void peer.socket.write('x'.repeat(FRAME_BYTES_MAX + 1)))
  undo.push(engine.close)
  const link = await linked(path)
  expect(await link.request('status', {})).toMatchObject({ ok: false, error: { kind: 'closed' } })
})

test('an error for no request of ours ends the link with its words made inert', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, (_, peer) => {
    peer.socket.write(encodeFrame({ jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'no \u001b[2J' } }))
  })
  undo.push(engine.close)
  const link = await linked(path)
  void link.request('status', {})
  expect(await link.closed).toBe('the engine objects: no \\x1b[2J')
})

test('no more than 64 requests wait at once', async () => {
  const path = place().path('operator')
  const engine = await fakeEngine(path, () => undefined)
  undo.push(engine.close)
  const link = await linked(path)
  const waiting = Array.from({ length: 64 }, () => link.request('status', {}))
  expect(await link.request('status', {})).toMatchObject({ ok: false, error: { kind: 'error' } })
  link.close()
  expect((await Promise.all(waiting)).every((answer) => !answer.ok && answer.error.kind === 'closed')).toBe(true)
})

test('connecting loads no schema library', () => {
  const module = pathToFileURL(`${import.meta.dirname}/../../tui/link/connect.ts`).href
  const script = `import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context) } })
    await import(${JSON.stringify(module)})
    console.log(JSON.stringify(seen))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(stdout, stderr).toContain('connect.ts')
  expect((JSON.parse(stdout) as string[]).filter((url) => url.includes('/zod/'))).toEqual([])
})
