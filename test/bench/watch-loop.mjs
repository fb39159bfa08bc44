// Loaded before a console (`node --import`): writes the 99th percentile of its event loop's delay, in ms, to the file AEGIS_LOOP_DELAY when it ends.
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const NS_PER_MS = 1e6
/** The beginning loads the program and is no delay that anybody waits for. */
const SETTLE_MS = 3_000

const delays = monitorEventLoopDelay({ resolution: 1 })
setTimeout(() => delays.enable(), SETTLE_MS).unref()
process.on('exit', () => writeFileSync(process.env.AEGIS_LOOP_DELAY ?? '/dev/stderr', String(delays.percentile(99) / NS_PER_MS)))
