import { expect, test } from 'vitest'
import { type Chime, doorbell } from '../../engine/ring/doorbell.ts'
import { SHARED_BYTES } from '../../engine/ring/layout.ts'

const bells = () => {
  const buffer = new SharedArrayBuffer(SHARED_BYTES)
  const sounds: string[] = []
  const chime: Chime = { sound: () => void sounds.push('sound'), listen: () => ({ close: () => undefined }), close: () => undefined }
  return { owner: doorbell(buffer, 0, chime), other: doorbell(buffer, 0, { ...chime, listen: null }), sounds }
}

test('a deaf sleeper costs who rings nothing, and only its own process or the time wakes it', async () => {
  const { owner, other, sounds } = bells()
  let awake = false
  const slept = owner
    .sleep(() => false, 60_000, true)
    .then(() => {
      awake = true
    })
  other.ring()
  await Promise.resolve()
  expect(sounds).toEqual([])
  expect(awake).toBe(false)
  owner.wake()
  await slept
  await owner.sleep(() => false, 1, true)
})

test('after a deaf sleep it hears again', async () => {
  const { owner, other, sounds } = bells()
  await owner.sleep(() => false, 1, true)
  const slept = owner.sleep(() => false)
  other.ring()
  expect(sounds).toEqual(['sound'])
  owner.wake()
  await slept
})
