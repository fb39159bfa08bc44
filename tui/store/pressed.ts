import type { Action } from './reduce.ts'
import type { Dialog } from './state.ts'

/** What a key asks of the world outside the state. */
export type Effect =
  | { readonly kind: 'detach' }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'send'; readonly dialog: Dialog }
  | { readonly kind: 'scrollLog'; readonly rows: number }
  | { readonly kind: 'chooseLog'; readonly rows: number }
  | { readonly kind: 'contextLog' }
  | { readonly kind: 'processLog'; readonly only: readonly string[] | null }
  | { readonly kind: 'timeLog'; readonly time: number }
  | { readonly kind: 'logEdge'; readonly to: 'first' | 'live' }
  | { readonly kind: 'freezeLog' }
  | { readonly kind: 'filterLog'; readonly text: string }
  | { readonly kind: 'levelLog'; readonly level: number }
  | { readonly kind: 'searchLog'; readonly by: 1 | -1 }
  | { readonly kind: 'markLog'; readonly jump: boolean }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'plain' }
  | { readonly kind: 'diagnose' }
  | { readonly kind: 'export'; readonly path: string }
  | { readonly kind: 'verify' }
  | { readonly kind: 'attach'; readonly instance: string }
  | { readonly kind: 'wallBoard' }

export type Pressed = { readonly actions: readonly Action[]; readonly effects: readonly Effect[] }

export const NOTHING: Pressed = { actions: [], effects: [] }
export const acts = (...actions: Action[]): Pressed => ({ actions, effects: [] })
export const does = (...effects: Effect[]): Pressed => ({ actions: [], effects })
