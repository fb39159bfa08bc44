import { useSyncExternalStore } from 'react'
import type { Action } from './reduce.ts'
import type { ConsoleState } from './state.ts'
import type { Store } from './store.ts'

export type ConsoleStore = Store<ConsoleState, Action>
export type ViewProps = { readonly store: ConsoleStore }

/** `select` returns a value already held in the state; a freshly built one would draw for ever. */
export const useConsole = <T>(store: ConsoleStore, select: (state: ConsoleState) => T): T =>
  useSyncExternalStore(store.subscribe, () => select(store.get()))
