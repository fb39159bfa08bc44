/** As the brain: sends every bar that it gets back through the orchestrator's ring. */
import { openShared } from '../../../engine/ring/shared.ts'
import { INHERITED } from './descriptors.ts'

const { brainBars, orchestratorBars, doorbells, close } = openShared(INHERITED, 'brain')
let ended = false
process.once('disconnect', () => {
  ended = true
  doorbells.brain.wake()
})
process.send?.('ready')
while (!ended) {
  await doorbells.brain.sleep(() => ended || brainBars.pending() > 0)
  brainBars.drain(Number.MAX_SAFE_INTEGER, (bar) => {
    if (!orchestratorBars.push(bar)) throw new Error('the way back is full')
  })
  orchestratorBars.publish()
  brainBars.commit()
  doorbells.feed.ring()
}
close()
