import { err, ok, type Result } from '../../src/result.ts'
import { type CommandName, type KeyFault, type KeyRow, keymapFaults } from '../keymap.ts'

/** Keys by what they do, in place of those of the table. The first is the one that the screen names. */
export type KeyWishes = Readonly<Partial<Record<CommandName, readonly string[]>>>

/** Fields, dialogs and the way out have the keys that everybody expects of them, so that a person is never locked in. */
const isFree = ({ context, command }: KeyRow): boolean =>
  context !== 'dialog' && context !== 'prompt' && context !== 'help' && command !== 'leave' && command !== 'back'

export const freeCommands = (rows: readonly KeyRow[]): readonly CommandName[] => [...new Set(rows.filter(isFree).map(({ command }) => command))]

/** The table with other keys, or what is wrong with it then. */
export const rebind = (rows: readonly KeyRow[], wishes: KeyWishes): Result<readonly KeyRow[], readonly KeyFault[]> => {
  const bound = rows.map((row): KeyRow => {
    const [key, ...also] = (isFree(row) ? wishes[row.command] : undefined) ?? []
    return key === undefined ? row : { ...row, key, also }
  })
  const faults = keymapFaults(bound)
  return faults.length === 0 ? ok(bound) : err(faults)
}
