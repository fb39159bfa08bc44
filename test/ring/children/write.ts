/** As the feed, to be killed: tape first, ring second, and after a restart what the ring lacks comes from the tape. */
import { openShared } from '../../../engine/ring/shared.ts'
import { openTapeReader } from '../../../engine/tape/reader.ts'
import { openTapeWriter } from '../../../engine/tape/writer.ts'
import { barOf } from '../bars.ts'
import { INHERITED } from './descriptors.ts'

const BATCH = 48

const [folder = '', last = '0'] = process.argv.slice(2)
const { brainBars: ring, doorbells, close } = openShared(INHERITED, 'feed')
const writer = openTapeWriter(folder)
const reader = openTapeReader(folder)

// A bell says that something happened, not that it is enough.
const room = async (): Promise<void> => {
  while (ring.space() < BATCH) await doorbells.feed.sleep(() => ring.space() >= BATCH)
}
const publish = (): void => {
  ring.publish()
  doorbells.brain.ring()
}

let sequence = ring.published()
while (sequence < writer.end().sequence) {
  await room()
  const until = Math.min(writer.end().sequence, sequence + BATCH)
  sequence = reader.read(sequence + 1, until, (bar) => {
    if (!ring.push(bar)) throw new Error('there was room')
  })
  publish()
}
while (sequence < Number(last)) {
  await room()
  const until = Math.min(Number(last), sequence + BATCH)
  while (sequence < until) {
    sequence += 1
    writer.append(barOf(sequence))
    if (!ring.push(barOf(sequence))) throw new Error('there was room')
  }
  writer.flush()
  publish()
}
writer.close()
reader.close()
close()
process.disconnect()
