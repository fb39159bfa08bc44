import { spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Exit, ExitError } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'

/** Leaves the alternate screen, shows the cursor, ends mouse, paste and focus reports, resets colours, margins and character sets. */
const RESTORE = [
  '\x1b[?1049l',
  '\x1b[?25h',
  '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l',
  '\x1b[?2004l\x1b[?1004l',
  '\x1b[<u', // the keyboard protocol of kitty
  '\x1b[?2026l',
  '\x1b[r\x1b[0m\x1b(B\x0f',
  '\r',
].join('')

/** Restores a terminal that a killed console left behind. */
export const reset: CommandFunction = async (context) => {
  if (!context.canDraw) throw new ExitError(Exit.usage, 'reset restores a terminal, and this is none')
  context.out(RESTORE)
  if (process.platform === 'win32') return Exit.done
  const { status, error } = spawnSync('stty', ['sane'], { stdio: 'inherit' })
  if (error !== undefined || status !== 0) throw new ExitError(Exit.internal, `stty sane failed: ${error?.message ?? `exit ${status}`}`)
  // Node puts back the modes that it found when it began, which are the broken ones, wherever its descriptors are still the same.
  for (const descriptor of [0, 1, 2]) closeSync(descriptor)
  return Exit.done
}
