import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { Hub } from '../control/hub.ts'
import type { ChildView } from './child.ts'

type Feed = Snapshot['feed']

/** What a feed last said of itself does not hold once it is gone or hangs: no price of it is fresh. */
export type FeedSight = {
  /** It speaks for itself again. */
  readonly heard: () => void
  /** What is to be shown of it instead of what is; nothing where that holds. */
  readonly now: (child: Pick<ChildView, 'state' | 'reason'> | undefined) => { readonly feed?: Feed }
}

export const createFeedSight = (hub: Pick<Hub, 'get' | 'update'>): FeedSight => {
  /** What the feed said of itself before something else had to be said of it; null while its own word holds. */
  let before: Feed | null = null
  return {
    heard: () => {
      before = null
    },
    now: (child) => {
      const { feed } = hub.get().snapshot
      if (child?.state === 'ready') {
        if (before === null) return {}
        const own = before
        before = null
        return { feed: own }
      }
      if (child === undefined || child.state === 'starting' || child.state === 'stopping' || feed.state.startsWith('ended')) return {}
      const state = `${child.state}${child.reason === '' ? '' : `: ${child.reason}`}`
      if (feed.state === state) return {}
      before ??= feed
      return { feed: { ...feed, state, instruments: feed.instruments.map((each) => ({ ...each, stale: true })) } }
    },
  }
}
