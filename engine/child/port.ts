import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { ChildName } from '../../src/contracts/names.ts'
import type { InstancePaths } from '../../src/home.ts'
import type { Shared } from '../ring/port.ts'
import type { Boot, FromChild, ToChild } from '../supervisor/messages.ts'

/** What a child process is given; `engine/child/run.ts` makes it from the boot message and the inherited descriptors. */
export type ChildContext = {
  readonly name: ChildName
  readonly boot: Boot
  readonly paths: InstancePaths
  readonly shared: Shared
  readonly log: Logger
  readonly clock: Clock
  readonly send: (message: FromChild) => void
}

/** What a child's `main` gives back once it runs. */
export type ChildHandle = {
  /** Everything but `boot` and `drain`, which the runner deals with. */
  readonly onMessage: (message: ToChild) => void
  /** Stop taking work, finish and record what is in flight. The process exits 0 when it resolves. Called at most once. */
  readonly drain: (reason: 'asked' | 'orphaned') => Promise<void>
}

export type ChildMain = (context: ChildContext) => Promise<ChildHandle>
