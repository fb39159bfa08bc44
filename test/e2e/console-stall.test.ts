import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Cycle } from '../../src/contracts/cycle.ts'
import { socketPath } from '../../src/home.ts'
import { busyConfig, candleFile, linesOf, type Place, place } from './engine.ts'

/** Seconds for which nobody reads; the long run takes 60. */
const STALL_S = Number(process.env.AEGIS_STALL_S ?? 8)
const BARS_PER_SECOND = 1_000
const SUBSCRIBERS = 4
const GROWTH_BYTES_MAX = 10 * 2 ** 20
/** Two cores shared with other tests make single cycles slow; a cycle that waited for a console would be slower by orders. */
const FACTOR_MAX = 3
const SLACK_MS = 10

const script = fileURLToPath(new URL('subscriber.ts', import.meta.url))

/** A process that follows the engine. */
const subscriber = (at: Place) => {
  const child = fork(script, [socketPath(at.env, at.home, 'default', 'observer')], { env: at.env, execPath: process.execPath, execArgv: [] })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.signalCode === null && child.exitCode === null) await once(child, 'exit')
  })
  /** Resolves when it was told of so many bars. */
  const sees = (least: number): Promise<void> =>
    new Promise((resolve) => {
      const hear = ({ consumed }: { consumed: number }): void => {
        if (consumed < least) return
        child.off('message', hear)
        resolve()
      }
      child.on('message', hear)
    })
  return { child, sees }
}

const rssBytes = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024

const quantile = (durations: readonly number[], share: number): number =>
  durations.toSorted((a, b) => a - b)[Math.floor(durations.length * share)] ?? Number.NaN

test(`consoles that stop reading for ${STALL_S} s cost the engine neither time nor memory`, { timeout: (4 * STALL_S + 60) * 1_000 }, async () => {
  const at = place({ ...busyConfig })
  const rows = (2 * STALL_S + 30) * BARS_PER_SECOND
  const file = candleFile(at, rows)
  const started = await at.run(['start', '--feed', `replay:${file}`, '--speed', String(60 * BARS_PER_SECOND)])
  expect(started.code).toBe(0)

  /** The engine's own progress is the clock here. */
  const seconds = async (count: number) => {
    const from = (await at.status()).feed.consumed
    return await at.until(`${count} s on`, ({ feed }) => feed.consumed >= from + count * BARS_PER_SECOND, (2 * count + 20) * 1_000)
  }
  const consoles = Array.from({ length: SUBSCRIBERS }, () => subscriber(at))
  await Promise.all(consoles.map(({ sees }) => sees(1)))
  await seconds(3)

  const first = await at.status()
  await seconds(STALL_S)
  const before = await at.status()
  const supervisor = at.pidOf(before, 'supervisor')
  const rssBefore = rssBytes(supervisor)

  for (const { child } of consoles) child.kill('SIGSTOP')
  const after = await seconds(STALL_S)
  const rssAfter = rssBytes(supervisor)
  const cycles = linesOf<Cycle>(join(at.paths.streams, 'cycles.jsonl'))
  const within = (from: number, to: number): number[] =>
    cycles.filter(({ number }) => number > from && number <= to).map(({ stages }) => stages.drain + stages.decide)
  const reading = within(first.cycle?.number ?? 0, before.cycle?.number ?? 0)
  const stalled = within(before.cycle?.number ?? 0, after.cycle?.number ?? 0)
  const figures = {
    reading: reading.length,
    p50: quantile(reading, 0.5),
    p99: quantile(reading, 0.99),
    stalled: stalled.length,
    stalled50: quantile(stalled, 0.5),
    stalled99: quantile(stalled, 0.99),
    growthMiB: (rssAfter - rssBefore) / 2 ** 20,
  }
  console.info(figures)
  expect(Math.min(reading.length, stalled.length)).toBeGreaterThan(100)
  for (const share of [0.5, 0.99]) expect(quantile(stalled, share)).toBeLessThanOrEqual(FACTOR_MAX * quantile(reading, share) + SLACK_MS)
  expect(rssAfter - rssBefore).toBeLessThanOrEqual(GROWTH_BYTES_MAX)
  expect(after.processes.map(({ pid, state, restarts }) => [pid, state, restarts])).toEqual(before.processes.map(({ pid }) => [pid, 'ready', 0]))

  // Whoever reads again is shown the present and not the past.
  const present = consoles.map(({ sees }) => sees(after.feed.consumed))
  for (const { child } of consoles) child.kill('SIGCONT')
  await Promise.all(present)
})
