import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { Actor } from '../../src/contracts/audit.ts'
import { localActor } from '../../tui/link/actor.ts'

test('the actor is this user, with the address that came in over SSH', () => {
  const actor = localActor({ SSH_CONNECTION: '203.0.113.7 50022 198.51.100.1 22' })
  expect(Actor.parse(actor)).toMatchObject({ kind: 'operator', uid: process.getuid?.() ?? null, name: userInfo().username, ssh: '203.0.113.7' })
})

test.each([{ env: {} }, { env: { SSH_CONNECTION: '' } }])('without SSH there is no address: $env', ({ env }) => {
  expect(localActor(env).ssh).toBeNull()
})

test('an address of any length fits the contract', () => {
  expect(Actor.safeParse(localActor({ SSH_CONNECTION: 'x'.repeat(500) })).success).toBe(true)
})
