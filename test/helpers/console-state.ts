import type { Snapshot } from '../../src/contracts/snapshot.ts'
import type { HelloResult } from '../../src/contracts/wire.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import type { FollowState } from '../../tui/link/follow.ts'
import { type Action, reduce } from '../../tui/store/reduce.ts'
import { type ConsoleState, initialState } from '../../tui/store/state.ts'
import { THEME_NAMES } from '../../tui/theme.ts'
import { FIXTURE_NOW, snapshotFixture } from './snapshot-fixture.ts'

const hello = (role: HelloResult['role'] = 'operator'): HelloResult => ({
  protocol: 1,
  build: '0.1.0',
  instance: 'eu-1',
  role,
  pid: 41_822,
  at: FIXTURE_NOW,
})

export const live = (lastHeardAt = FIXTURE_NOW, role: HelloResult['role'] = 'operator'): FollowState => ({
  kind: 'live',
  hello: hello(role),
  lastHeardAt,
})

export const lost = (since = FIXTURE_NOW): FollowState => ({
  kind: 'lost',
  since,
  attempt: 2,
  retryAt: since + 400,
  reason: { kind: 'absent', message: 'no engine: /run/x does not exist' },
})

/** A console that was started a moment ago and has met nobody. */
export const freshState = (size = { columns: 80, rows: 24 }, readOnly = false): ConsoleState =>
  initialState({
    identity: { instance: 'eu-1', version: '0.1.0', readOnly, root: '/aegis/eu-1' },
    size,
    now: FIXTURE_NOW,
    monotonic: 10_000,
    ascii: false,
    keys: KEYMAP,
    themes: THEME_NAMES,
  })

export const given = (state: ConsoleState, ...actions: readonly Action[]): ConsoleState => actions.reduce(reduce, state)

/** Attached to a trading engine. */
export const attached = (size = { columns: 80, rows: 24 }, snapshot: Snapshot = snapshotFixture()): ConsoleState =>
  given(freshState(size), { kind: 'link', state: live() }, { kind: 'snapshot', snapshot, sequence: 1 })

/** So many milliseconds later, with nothing heard in between. */
export const later = (state: ConsoleState, ms: number): ConsoleState =>
  reduce(state, { kind: 'tick', now: state.now + ms, monotonic: state.monotonic + ms })
