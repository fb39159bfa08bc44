import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { reportViolation } from '../../engine/control/report-violation.ts'
import { CommandRequest, type CommandResult } from '../../src/contracts/command.ts'
import { Snapshot } from '../../src/contracts/snapshot.ts'
import { FRAME_BYTES_MAX, HelloResult, JsonRpcError, PROTOCOL, RpcError } from '../../src/contracts/wire.ts'
import { Exit } from '../../src/exit.ts'
import { AT, pause, person, sample } from './sample.ts'
import { createPlace, createWorld, type World } from './world.ts'

const worlds: World[] = []
const world = async (...given: Parameters<typeof createWorld>): Promise<World> => {
  const made = await createWorld(...given)
  worlds.push(made)
  return made
}
afterEach(async () => {
  for (const made of worlds.splice(0)) await made.dispose()
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const request = (method: string, params: unknown, id: unknown = 1): string => `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

test('the sockets are 0600 and 0660 in folders that only their owner enters, whatever the umask', async () => {
  const umask = process.umask(0)
  try {
    const { place } = await world()
    expect(modeOf(place.path('operator'))).toBe('600')
    expect(modeOf(place.path('observer'))).toBe('660')
    expect(modeOf(dirname(place.path('operator')))).toBe('700')
    expect(modeOf(dirname(dirname(place.path('operator'))))).toBe('700')
    expect(process.umask()).toBe(0)
  } finally {
    process.umask(umask)
  }
})

test('a folder that lets others in is closed to them', async () => {
  const place = createPlace()
  mkdirSync(dirname(place.path('operator')), { recursive: true, mode: 0o777 })
  await world({}, place)
  expect(modeOf(dirname(place.path('operator')))).toBe('700')
})

test('the sockets are gone after close', async () => {
  const { place, server } = await world()
  await server.close()
  expect(readdirSync(dirname(place.path('operator')))).toEqual([])
})

test('the socket file of a dead engine is replaced', async () => {
  const place = createPlace()
  mkdirSync(dirname(place.path('operator')), { recursive: true })
  await leaveDeadSocket(place.path('operator'))
  const { client } = await world({}, place)
  expect((await (await client()).hello()).result.instance).toBe('default')
})

test('a second engine does not take the sockets of a living one', async () => {
  const { place, client } = await world()
  await expect(createWorld({}, place)).rejects.toMatchObject({ code: Exit.alreadyRunning })
  expect((await (await client()).hello()).result.pid).toBe(17)
})

test('a file in the way is left alone and named', async () => {
  const place = createPlace()
  mkdirSync(dirname(place.path('observer')), { recursive: true })
  writeFileSync(place.path('observer'), 'precious')
  await expect(createWorld({}, place)).rejects.toMatchObject({ code: Exit.configuration })
  expect(readdirSync(dirname(place.path('operator')))).toEqual(['observer.sock'])
  place.remove()
})

test('hello tells protocol, instance and the role of the socket', async () => {
  const { client } = await world()
  for (const role of ['operator', 'observer'] as const) {
    const { result } = await (await client(role)).hello()
    expect(HelloResult.parse(result)).toEqual({ protocol: PROTOCOL, build: 'test', instance: 'default', role, pid: 17, at: AT })
  }
})

test('another protocol number is refused with both numbers, and the connection closed', async () => {
  const { client, refusals } = await world()
  const stranger = await client()
  const { error } = await stranger.ask('hello', { protocol: 99, another: 'shape' })
  expect(error).toMatchObject({ code: RpcError.protocol, data: { engine: PROTOCOL, client: 99 } })
  expect(error?.message).toMatch(/1.*99/)
  await stranger.closed
  expect(refusals).toHaveLength(1)
})

test.each(['status', 'subscribe', 'command', 'singletonViolation', 'nonsense'])('%s before hello is not answered', async (method) => {
  const { client, commands } = await world()
  const { error } = await (await client()).ask(method, method === 'command' ? pause() : {})
  expect(error?.code).toBe(RpcError.notGreeted)
  expect(commands).toEqual([])
})

test('status gives the snapshot as it is now', async () => {
  const { client, hub } = await world()
  const reader = await client('observer')
  await reader.hello()
  hub.update({ equity: '7' })
  expect(Snapshot.parse((await reader.ask('status', {})).result)).toEqual({ ...sample, equity: '7' })
})

test('an observer is refused what changes something, and the attempt is reported', async () => {
  const { client, commands, reports, refusals } = await world()
  const observer = await client('observer')
  await observer.hello()
  expect((await observer.ask('command', pause())).error?.code).toBe(RpcError.forbidden)
  expect((await observer.ask('singletonViolation', {})).error?.code).toBe(RpcError.forbidden)
  expect([commands, reports]).toEqual([[], []])
  expect(refusals[0]).toMatch(/observer client 1 \(ada\) asked for command/)
})

test('a command comes with the uid that the kernel saw, whatever the client claims', async () => {
  const { client, commands } = await world()
  const operator = await client()
  await operator.hello()
  const boast = { ...pause(), actor: { ...person, kind: 'system', uid: 0xbeef } }
  const { result } = await operator.ask('command', boast)
  expect(result).toEqual({ outcome: 'accepted', auditSequence: 1, message: 'done' })
  const uid = process.platform === 'linux' ? process.getuid?.() : null
  expect(commands).toEqual([{ request: { ...pause(), actor: { ...person, kind: 'operator', uid } }, role: 'operator' }])
})

test('a repeated command id is passed through: the supervisor remembers results, not the socket', async () => {
  const { client, commands } = await world()
  const operator = await client()
  await operator.hello()
  await operator.ask('command', pause())
  await operator.ask('command', pause())
  expect(commands.map(({ request: { id } }) => id)).toEqual(['command-0001', 'command-0001'])
})

test.each([
  { says: 'an unknown member', change: { extra: 1 } },
  { says: 'an id with a line break', change: { id: 'a\nb456789' } },
  { says: 'no reason', change: { reason: '' } },
  { says: 'an unknown kind', change: { command: { kind: 'selfDestruct' } } },
  { says: 'a kind from the prototype', change: { command: { kind: 'constructor' } } },
])('a command with $says is refused as malformed', async ({ change }) => {
  const { client, commands } = await world()
  const operator = await client()
  await operator.hello()
  const broken = { ...pause(), ...change }
  expect(CommandRequest.safeParse(broken).success).toBe(false)
  expect((await operator.ask('command', broken)).error?.code).toBe(JsonRpcError.invalidParams)
  expect(commands).toEqual([])
})

test('a command that fails inside answers without its secrets and is logged', async () => {
  const { client, logged } = await world({ command: () => Promise.reject(new Error('secret path')) })
  const operator = await client()
  await operator.hello()
  const { error } = await operator.ask('command', pause())
  expect(error?.code).toBe(JsonRpcError.internal)
  expect(JSON.stringify(error)).not.toContain('secret')
  expect(logged.join()).toContain('secret path')
})

test.each([
  { says: 'a notification', frame: JSON.stringify({ jsonrpc: '2.0', method: 'command', params: pause() }), code: JsonRpcError.invalidRequest },
  { says: 'a batch', frame: `[${request('command', pause()).trim()}]`, code: JsonRpcError.invalidRequest },
  { says: 'an object as id', frame: request('command', pause(), {}).trim(), code: JsonRpcError.invalidRequest },
  { says: 'broken JSON', frame: '{"jsonrpc":', code: JsonRpcError.parse },
  { says: 'nothing', frame: '', code: JsonRpcError.parse },
])('$says gets one error and executes nothing', async ({ frame, code }) => {
  const { client, commands } = await world()
  const operator = await client()
  await operator.hello()
  operator.write(`${frame}\n`)
  expect(await operator.next()).toMatchObject({ id: null, error: { code } })
  expect((await operator.ask('status')).result.instance).toBe('default')
  expect(commands).toEqual([])
})

test('the third malformed frame closes the connection with a word, and what follows it is not executed', async () => {
  const { client, refusals, commands } = await world()
  const operator = await client()
  await operator.hello()
  operator.write(`1\n\u001b[2J\n}\n${request('command', pause())}`)
  const codes = [await operator.next(), await operator.next(), await operator.next()].map(({ error }) => error?.code)
  expect(codes).toEqual([JsonRpcError.invalidRequest, JsonRpcError.parse, JsonRpcError.parse])
  await operator.closed
  expect(refusals).toEqual(['operator client 1 (ada) sent 3 malformed frames, the last one not JSON'])
  expect(commands).toEqual([])
})

test('a name with terminal controls is inert where it is reported', async () => {
  const { client, refusals } = await world()
  const operator = await client()
  await operator.ask('hello', { protocol: PROTOCOL, build: 'test', client: { ...person, name: '\u001b]0;x\u0007' } })
  operator.write('1\n1\n1\n')
  await operator.closed
  expect(refusals[0]).toContain('(\\x1b]0;x\\x07)')
})

test('a frame that is too large closes the connection and is reported', async () => {
  const { client, refusals } = await world()
  const operator = await client()
  await operator.hello()
  operator.write(Buffer.alloc(FRAME_BYTES_MAX + 1, 0x20))
  expect((await operator.next()).error?.code).toBe(RpcError.tooLarge)
  await operator.closed
  expect(refusals).toEqual(['operator client 1 (ada) sent a frame that is too large'])
})

test('a frame of exactly the limit is read', async () => {
  const { client } = await world()
  const operator = await client()
  await operator.hello()
  const frame = request('status', {}, 'long').trim()
  operator.write(`${frame}${' '.repeat(FRAME_BYTES_MAX - frame.length)}\n`)
  expect((await operator.next(({ id }) => id === 'long')).result.instance).toBe('default')
})

test('refusals are reported at most ten a minute, and then with the number that was held back', async () => {
  const { client, refusals, clock } = await world()
  const misbehave = async (): Promise<void> => {
    const operator = await client()
    operator.write('1\n1\n1\n')
    await operator.closed
  }
  for (let round = 0; round < 15; round += 1) await misbehave()
  expect(refusals).toHaveLength(10)
  clock.advance(60_000)
  await misbehave()
  expect(refusals.at(-1)).toMatch(/after 5 more/)
})

test('a connection that never says hello is closed', async () => {
  const { client, refusals } = await world({ limits: { greetMsMax: 20 } })
  const silent = await client()
  const slow = await client()
  slow.write('{"jsonrpc":"2.0",')
  await Promise.all([silent.closed, slow.closed])
  expect(refusals).toHaveLength(2)
})

test('a client that has said all and closed its half still gets its answers', async () => {
  const finished = Promise.withResolvers<CommandResult>()
  const { client } = await world({ command: () => finished.promise })
  const script = await client()
  await script.hello()
  script.socket.end(request('command', pause(), 'late') + request('status', {}, 'soon'))
  await script.next(({ id }) => id === 'soon')
  finished.resolve({ outcome: 'accepted', auditSequence: 5, message: '' })
  expect((await script.next(({ id }) => id === 'late')).result.auditSequence).toBe(5)
  await script.closed
})

test('a client that vanishes in the middle of a command harms nobody', async () => {
  const started = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<CommandResult>()
  const { client, logged } = await world({
    command: () => {
      started.resolve()
      return finished.promise
    },
  })
  const operator = await client()
  await operator.hello()
  void operator.ask('command', pause())
  await started.promise
  operator.socket.destroy()
  await operator.closed
  finished.resolve({ outcome: 'accepted', auditSequence: 1, message: '' })
  expect((await (await client()).hello()).result.instance).toBe('default')
  expect(logged).toEqual([])
})

test('a thousand requests in one write are all answered, a few at a time', async () => {
  let running = 0
  let runningMax = 0
  const { client } = await world({
    limits: { inFlightMax: 3 },
    command: async () => {
      running += 1
      runningMax = Math.max(runningMax, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return { outcome: 'accepted', auditSequence: 1, message: '' }
    },
  })
  const operator = await client()
  await operator.hello()
  operator.write(Array.from({ length: 1_000 }, (_, index) => request('command', pause(`command-${index}`), `r${index}`)).join(''))
  const last = await operator.next(({ id }) => id === 'r999')
  expect(last.result.outcome).toBe('accepted')
  for (let index = 0; index < 999; index += 1) await operator.next(({ id }) => id === `r${index}`)
  expect(runningMax).toBe(3)
})

test('the thirty-third client is told so and closed; when one leaves, the next is let in', async () => {
  const { client, refusals } = await world()
  const present = await Promise.all(Array.from({ length: 32 }, () => client('observer')))
  const further = await client('observer')
  further.write(request('hello', {}))
  expect(await further.next()).toMatchObject({ id: null, error: { code: RpcError.tooManyClients } })
  await further.closed
  expect(refusals).toEqual(['a further observer client was turned away: 32 are connected'])
  expect((await (await client('operator')).hello()).result.role).toBe('operator')

  present[0]?.socket.destroy()
  await present[0]?.closed
  const admitted = async (): Promise<boolean> => {
    const next = await client('observer')
    next.write(request('hello', { protocol: PROTOCOL, build: 'test', client: person }))
    return (await next.next()).result !== undefined
  }
  // Our end is closed before the engine has noticed; it notices in one of its next turns.
  let inside = await admitted()
  for (let attempt = 0; attempt < 100 && !inside; attempt += 1) inside = await admitted()
  expect(inside).toBe(true)
})

test('close answers what is in flight before the connections end', async () => {
  const started = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<CommandResult>()
  const { client, server } = await world({
    command: () => {
      started.resolve()
      return finished.promise
    },
  })
  const operator = await client()
  await operator.hello()
  const answer = operator.ask('command', pause())
  await started.promise
  const closed = server.close()
  finished.resolve({ outcome: 'accepted', auditSequence: 9, message: 'stopping' })
  expect((await answer).result.auditSequence).toBe(9)
  await closed
  await operator.closed
})

test('close does not wait for a command that does not end', async () => {
  const { client, server } = await world({ command: () => new Promise(() => undefined), limits: { lingerMsMax: 20 } })
  const operator = await client()
  await operator.hello()
  void operator.ask('command', pause())
  await operator.ask('status')
  await server.close()
  await operator.closed
})

test('the loser of the singleton race is recorded by the holder', async () => {
  const { place, reports } = await world()
  const report = { pid: 99, startedAt: AT, instance: 'default', actor: person }
  expect(await reportViolation({ env: place.env, home: place.home, instance: 'default', report, timeoutMs: 2_000 })).toBe(true)
  expect(reports).toMatchObject([{ pid: 99, actor: { name: 'ada' } }])
})

test('without a holder that answers, the report is not recorded', async () => {
  const place = createPlace()
  const report = { pid: 99, startedAt: AT, instance: 'default', actor: person }
  const tell = (timeoutMs: number): Promise<boolean> => reportViolation({ env: place.env, home: place.home, instance: 'default', report, timeoutMs })
  expect(await tell(2_000)).toBe(false)

  mkdirSync(dirname(place.path('operator')), { recursive: true })
  const mute = createServer()
  await new Promise<void>((resolve) => mute.listen(place.path('operator'), resolve))
  mute.on('connection', (socket) => socket.on('error', () => undefined).resume())
  expect(await tell(20)).toBe(false)
  await new Promise((resolve) => mute.close(resolve))
  place.remove()
})

/** What a killed engine leaves: a socket file that nobody listens on. */
const leaveDeadSocket = async (path: string): Promise<void> => {
  const { spawnSync } = await import('node:child_process')
  const script = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'
  spawnSync(process.execPath, ['-e', script, path])
  expect(statSync(path).isSocket()).toBe(true)
}
