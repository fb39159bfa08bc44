import { expect, test } from 'vitest'
import type { TrailFact } from '../../engine/audit/trail.ts'
import { createRecorder } from '../../engine/supervisor/recorder.ts'
import { type AuditRecord, GENESIS } from '../../src/contracts/audit.ts'
import { testActor } from '../helpers/scripted.ts'

const fact = (reason: string): TrailFact => ({ event: 'CHILD_EXITED', actor: testActor, reason })

/** A recorder on a trail that refuses while `disk.full`. */
const world = () => {
  const disk = { full: false }
  const written: TrailFact[] = []
  const told: string[] = []
  let now = 0
  const recorder = createRecorder({
    trail: {
      append: (each): AuditRecord => {
        if (disk.full) throw new Error('ENOSPC')
        written.push(each)
        return { sequence: written.length, time: '', cause: null, detail: {}, previous: GENESIS, hash: GENESIS, ...each } as AuditRecord
      },
    },
    now: () => (now += 1_000),
    onRecord: ({ sequence }) => void told.push(`record ${sequence}`),
    onTrouble: (reason) => {
      told.push(`trouble ${reason}`)
      recorder.note(fact('latched safe'))
    },
    onRelief: (late, lost) => void told.push(`relief ${late} late ${lost} lost`),
  })
  return { recorder, disk, written, told }
}

test('what is recorded is written and shown', () => {
  const { recorder, written, told } = world()
  expect(recorder.record(fact('one')).sequence).toBe(1)
  recorder.note(fact('two'))
  expect(written.map(({ reason }) => reason)).toEqual(['one', 'two'])
  expect(told).toEqual(['record 1', 'record 2'])
})

test('what must not be acknowledged unwritten throws, and is not written later behind the back of who asked', () => {
  const { recorder, disk, written } = world()
  disk.full = true
  expect(() => recorder.record(fact('a resume'))).toThrow('ENOSPC')
  disk.full = false
  recorder.retry()
  expect(written.map(({ reason }) => reason)).toEqual(['latched safe'])
})

test('what happened anyway waits, in order and with its time, and trouble is told once', () => {
  const { recorder, disk, written, told } = world()
  disk.full = true
  recorder.note(fact('one'))
  recorder.note(fact('two'))
  recorder.retry()
  expect(told).toEqual(['trouble ENOSPC'])
  disk.full = false
  recorder.record(fact('three'))
  expect(written.map(({ reason }) => reason)).toEqual(['one', 'latched safe', 'two', 'three'])
  expect(written.map(({ detail }) => detail?.happenedAt)).toEqual([
    '1970-01-01T00:00:01.000Z',
    '1970-01-01T00:00:02.000Z',
    '1970-01-01T00:00:03.000Z',
    undefined,
  ])
  expect(told).toContain('relief 3 late 0 lost')
})

test('what does not fit into memory either is counted', () => {
  const { recorder, disk, told } = world()
  disk.full = true
  for (let index = 0; index < 1_002; index += 1) recorder.note(fact(String(index)))
  disk.full = false
  recorder.retry()
  expect(told.at(-1)).toBe('relief 1000 late 3 lost')
})
