import { statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { RecordedInput } from '../core/input.ts'
import type { RiskState } from '../core/state.ts'

type Thrown = Extract<RecordedInput, { kind: 'killSwitch' }>

/** What whoever threw a switch, or wants to let go of one, is told. Each is let go of where it was thrown. */
export const switchAnswer = (
  before: RiskState['killSwitches'],
  { origin, on }: Thrown,
): { readonly result: 'accepted' | 'refused'; readonly message: string } => {
  if (on) return { result: 'accepted', message: before[origin] === undefined ? 'the kill switch is on' : 'the kill switch is on already' }
  const others = Object.keys(before).filter((other) => other !== origin)
  const elsewhere = others.map((other) => WHERE[other as Thrown['origin']]).join(' and ')
  if (before[origin] !== undefined)
    return { result: 'accepted', message: others.length === 0 ? 'the kill switch is off' : `let go of here; still on: ${elsewhere}` }
  if (others.length === 0) return { result: 'refused', message: 'the kill switch is not on' }
  return { result: 'refused', message: `it was not thrown here: ${elsewhere}` }
}

const WHERE: Readonly<Record<Thrown['origin'], string>> = {
  env: 'by the environment, so start without its variable',
  file: 'by the file state/KILL_SWITCH, so remove it',
  command: 'by command, so use kill-switch off',
  key: 'by a key, so use that key in the console',
}

/** Whether the file stands there, and why it counts as standing there where nobody can tell. */
export const lookForFile = (path: string): { readonly on: boolean; readonly reason: string } => {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
      ? { on: false, reason: 'the file was removed' }
      : { on: true, reason: 'the file is there' }
  } catch (error) {
    // What cannot be looked at may be there.
    return { on: true, reason: `the file cannot be looked for: ${(error as NodeJS.ErrnoException).code}` }
  }
}

/**
 * Calls back when something happens to the file; what happened is looked at by whoever is called. Where the system has no watch
 * left, looking every second and before every signal has to do.
 */
export const watchSwitch = (path: string, onChange: () => void, onTrouble: (reason: string) => void): (() => void) => {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(path)) onChange()
    })
    watcher.on('error', (error) => onTrouble(error.message))
    return () => watcher.close()
  } catch (error) {
    onTrouble((error as Error).message)
    return () => undefined
  }
}
