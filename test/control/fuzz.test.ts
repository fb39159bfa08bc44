import { afterEach, expect, test } from 'vitest'
import { FRAME_BYTES_MAX, PROTOCOL, type Role } from '../../src/contracts/wire.ts'
import { type Random, seeded } from '../../src/random.ts'
import { pause, person } from './sample.ts'
import { createWorld, type World } from './world.ts'

const FRAMES = 100_000
/** Frames of one connection that are understood and refused; beside them come two malformed ones, which it survives. */
const REFUSED_PER_CONNECTION = 60
const CONNECTIONS_AT_ONCE = 16
/** Connections that end with a line of more than a frame. */
const HUGE = 24

let engine: World | null = null
afterEach(async () => {
  await engine?.dispose()
  engine = null
})

test.each([
  { role: 'operator', seed: 1 },
  { role: 'observer', seed: 2 },
] as const)(
  '100,000 random frames to the $role socket: no crash, no command, and the engine still answers (seed $seed)',
  async ({ role, seed }) => {
    engine = await createWorld()
    const { client, commands, reports, logged } = engine
    const random = seeded(seed)
    const prototype = Object.getOwnPropertyNames(Object.prototype).sort()
    let sent = 0
    let connections = 0

    const attack = async (): Promise<void> => {
      while (sent < FRAMES) {
        const last = connections < HUGE ? huge(random) : garbage(random)
        connections += 1
        const refused = Array.from({ length: REFUSED_PER_CONNECTION }, () => wrong(random))
        const frames = shuffle([...refused, garbage(random), garbage(random)], random)
        sent += frames.length + 1
        await storm(engine as World, role, Buffer.concat([...frames, last].flatMap((frame) => [frame, NEWLINE])), refused.length)
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, attack))

    expect(sent).toBeGreaterThanOrEqual(FRAMES)
    expect([commands, reports]).toEqual([[], []])
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototype)
    expect(logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    const sane = await client(role)
    await sane.hello()
    expect((await sane.ask('status', {})).result.instance).toBe('default')
  },
  60_000,
)

const NEWLINE = Buffer.from('\n')

/** One connection that says hello and then everything at once. Ends when the engine has closed it, having answered each frame. */
const storm = async ({ client }: World, role: Role, frames: Buffer, refused: number): Promise<void> => {
  const attacker = await client(role)
  await attacker.hello()
  attacker.write(frames)
  await attacker.closed
  for (let count = 0; count < refused; count += 1) {
    const { id, error, result } = await attacker.next((message) => message.id !== null)
    expect([typeof id, result]).toEqual(['number', undefined])
    expect(error?.code).toBeLessThan(0)
  }
  for (let count = 0; count < 3; count += 1) expect((await attacker.next()).error?.code).toBeLessThan(0)
}

const pick = <Value>(values: readonly [Value, ...Value[]], random: Random): Value => values[Math.floor(random.next() * values.length)] ?? values[0]

const shuffle = <Value>(values: Value[], random: Random): Value[] => {
  for (let index = values.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random.next() * (index + 1))
    const held = values[index] as Value
    values[index] = values[other] as Value
    values[other] = held
  }
  return values
}

/** Bytes without a newline. */
const noise = (length: number, random: Random): Buffer => Buffer.from(Array.from({ length }, () => 11 + Math.floor(random.next() * 245)))

const scalar = (random: Random): unknown =>
  pick([null, true, false, 0, -1, 1e308, 2 ** 53, '', 'x', '\u0000', '\u001b[2J', '__proto__', 'constructor', 'ünïcödé', '\ud800'], random)

/** A small tree, often with names that mean something to JavaScript. */
const tree = (random: Random, depth = 3): unknown => {
  const shape = random.next()
  if (depth === 0 || shape < 0.4) return scalar(random)
  const members = Array.from({ length: Math.floor(random.next() * 4) }, () => tree(random, depth - 1))
  if (shape < 0.6) return members
  const names = ['a', 'id', 'actor', 'command', 'kind', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then'] as const
  return Object.fromEntries(members.map((member) => [pick(names, random), member]))
}

const envelope = (method: unknown, params: unknown, random: Random): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: Math.floor(random.next() * 1e9), method, params }))

/** JSON in which a member is really named `__proto__`, which an object literal cannot say. */
const poisoned = (text: string): string => text.replace('{', '{"__proto__":{"polluted":true,"role":"operator"},')

/** A valid request envelope around something that must not be done. */
const wrong = (random: Random): Buffer => {
  const methods = ['command', 'singletonViolation', 'hello', 'toString', '__proto__', 'constructor', 'nonsense', ''] as const
  switch (Math.floor(random.next() * 4)) {
    case 0:
      return envelope(pick(methods, random), brokenTree(random), random)
    case 1:
      return envelope('command', brokenCommand(random), random)
    case 2: {
      const id = Math.floor(random.next() * 1e9)
      return Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"command","params":${poisoned(JSON.stringify(brokenCommand(random)))}}`)
    }
    default:
      return envelope('hello', { protocol: PROTOCOL, build: 'again', client: person }, random)
  }
}

/** Never `{}` or nothing, which `status` and `subscribe` would take; they are not among the methods either. */
const brokenTree = (random: Random): unknown => ({ broken: tree(random) })

/** A valid command with one member missing, foreign or of another shape. */
const brokenCommand = (random: Random): unknown => {
  const request = pause() as unknown as Record<string, unknown>
  const member = pick(['id', 'actor', 'reason', 'expiresAt', 'command'], random)
  const change = random.next()
  if (change < 0.3) return { ...request, [member]: undefined }
  if (change < 0.6) return { ...request, [member]: { broken: tree(random) } }
  if (change < 0.8) return { ...request, [`${member}s`]: scalar(random) }
  return { ...request, command: { kind: pick(['pause', 'resume', 'halt', 'stop'], random), broken: tree(random) } }
}

/** Not a request at all. */
const garbage = (random: Random): Buffer => {
  const request = envelope('command', pause(), random)
  switch (Math.floor(random.next() * 8)) {
    case 0:
      return noise(1 + Math.floor(random.next() * 200), random)
    case 1:
      return request.subarray(0, Math.floor(random.next() * (request.length - 1))) // cut off
    case 2:
      return Buffer.concat([request.subarray(0, 40), Buffer.from([0xe2, 0x82]), request.subarray(40)]) // broken UTF-8
    case 3:
      return Buffer.from(JSON.stringify(scalar(random)))
    case 4:
      return Buffer.from(`[${request}]`) // a batch
    case 5:
      return Buffer.from(`${'['.repeat(2_000)}${random.next() < 0.5 ? ']'.repeat(2_000) : ''}`)
    case 6:
      return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'command', params: pause() })) // nobody would hear the outcome
    default:
      return Buffer.from(JSON.stringify({ jsonrpc: pick<unknown>(['1.0', 2, null], random), id: 1, method: 'command', params: pause() }))
  }
}

const huge = (random: Random): Buffer => {
  const line = Buffer.alloc(FRAME_BYTES_MAX + 1 + Math.floor(random.next() * FRAME_BYTES_MAX), pick(['[', 'x', ' ', '\u0000'], random))
  line.set(envelope('command', pause(), random))
  return line
}
