/** As the brain, to be killed: passes bars on in batches, and frees a batch only once it is out of its hands. */
import { openShared } from '../../../engine/ring/shared.ts'
import { isWhole } from '../bars.ts'
import { INHERITED } from './descriptors.ts'

const BATCH = 48

const { brainBars, orchestratorBars, doorbells } = openShared(INHERITED, 'brain')
for (;;) {
  await doorbells.brain.sleep(() => brainBars.pending() > 0 && orchestratorBars.space() >= BATCH)
  while (orchestratorBars.space() >= BATCH) {
    const got = brainBars.drain(BATCH, (bar) => {
      if (!isWhole(bar)) throw new Error(`bar ${bar.sequence} is torn`)
      if (!orchestratorBars.push(bar)) throw new Error('there was room')
    })
    if (got === 0) break
    orchestratorBars.publish()
    brainBars.commit()
    doorbells.feed.ring()
  }
}
