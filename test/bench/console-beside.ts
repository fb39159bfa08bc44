import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openPty } from '../helpers/pty.ts'
import { consoleCommand, type Engine, env, has, LOAD, logs, MB, over, QUIET, remark, rssOf } from './console-rig.ts'
import { percentile } from './table.ts'

const STARTS = 5
const IDLE_MS = 15_000
/** Programs compile what they use, read ahead and build indexes in their first seconds. */
const CALM_MS = 10_000
const LEAVE_MS = 1_000
/** A real frame, whoever draws it: hundreds of characters that can be seen. */
const FRAME_CHARACTERS = 300

/** Programs people love, in the same terminal, on the same log and machine, after another. */
export const beside = async (engine: Engine): Promise<void> => {
  const log = join(logs, 'feed.jsonl')
  await engine.tell(LOAD)
  await pause(1_000)
  await engine.tell(QUIET)
  const programs = [
    { name: 'aegis-console', tool: 'node', command: consoleCommand(), leave: 'q' },
    { name: 'lnav', tool: 'lnav', command: ['lnav', '-q', log], leave: 'q' },
    { name: 'htop', tool: 'htop', command: ['htop'], leave: 'q' },
    { name: 'btop', tool: 'btop', command: ['btop', '--utf-force'], leave: 'q' },
    { name: 'less +F', tool: 'less', command: ['less', '+F', log], leave: '\u0003q' },
  ]
  for (const { name, tool, command, leave } of programs) {
    if (!has(tool)) {
      remark(`beside: ${name}`, 'skipped: not installed')
      continue
    }
    const start = async () => {
      const from = performance.now()
      const pty = openPty(command, env, 160, 48)
      const at = await pty.until(`a frame of ${name}`, (text) => visible(text) > FRAME_CHARACTERS)
      return { pty, took: at - from }
    }
    const starts: number[] = []
    for (let run = 0; run <= STARTS; run += 1) {
      const { pty, took } = await start()
      if (run > 0) starts.push(took) // the first one warms the disk
      await pty.close()
    }
    const { pty } = await start()
    await pause(CALM_MS)
    const { cpu, bytesPerSecond, bytesPerRefresh } = await over(pty, IDLE_MS)
    const rss = rssOf(pty.pid()) / MB
    remark(
      `beside: ${name}`,
      `start ${percentile(starts, 0.5).toFixed(0)} ms, idle ${cpu.toFixed(2)} %, ${Math.round(bytesPerSecond)} B/s, ${Math.round(bytesPerRefresh)} B a refresh, ${rss.toFixed(0)} MB`,
    )
    pty.write(leave)
    await Promise.race([pty.ended, pause(LEAVE_MS)])
    await pty.close()
  }
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const visible = (text: string): number => text.replaceAll(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[()].|[^[])|[\u0000- ]/g, '').length
