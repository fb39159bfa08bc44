import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Cycle } from '../../src/contracts/cycle.ts'
import { tempFolder } from '../helpers/temp.ts'
import { killer, live, market, wishes, world } from './world.ts'

const bars = market(7, 120)
const NEVER = Number.POSITIVE_INFINITY

const cyclesWith = async (flushMs: number): Promise<readonly Cycle[]> => {
  const place = { ...world(tempFolder(), bars, wishes(bars)), flushMs }
  await live(place, killer(NEVER))
  const lines = readFileSync(join(place.paths.streams, 'cycles.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Cycle)
}

test('a cycle took as long as all its stages', async () => {
  const cycles = await cyclesWith(5)
  expect(cycles.length).toBeGreaterThan(3)
  for (const { durationMs, stages } of cycles) {
    expect(stages.commit).toBeGreaterThanOrEqual(5)
    expect(durationMs).toBeCloseTo(stages.drain + stages.decide + stages.commit + stages.effects, 2)
  }
})

test('a disk that takes its time makes a cycle slow', async () => {
  expect(new Set((await cyclesWith(5)).map(({ result }) => result))).toEqual(new Set(['ok']))
  expect(new Set((await cyclesWith(300)).map(({ result }) => result))).toEqual(new Set(['slow']))
})
