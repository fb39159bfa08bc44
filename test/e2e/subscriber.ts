import { systemClock } from '../../src/clock.ts'
import { seeded } from '../../src/random.ts'
import { localActor } from '../../tui/link/actor.ts'
import { follow } from '../../tui/link/follow.ts'

/** A console without a screen: follows the engine at a socket and tells its parent how many bars it has seen consumed. */
const [path = ''] = process.argv.slice(2)
const tell = (consumed: number): void => void process.send?.({ consumed })

const followed = follow({
  path,
  client: localActor(process.env),
  build: 'test',
  clock: systemClock,
  random: seeded(1),
  onState: () => undefined,
  onSnapshot: ({ feed }) => tell(feed.consumed),
  onChanges: ({ feed }) => void (feed !== undefined && tell(feed.consumed)),
})

process.on('disconnect', () => {
  followed.stop()
  process.exit()
})
