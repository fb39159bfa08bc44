import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there is no tmux to test with; null where there is one. */
export const tmuxMissing = ((): string | null => {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'pipe' })
    return null
  } catch {
    return 'tmux is not installed'
  }
})()

/** A shell in a real terminal of its own server. */
export type Tmux = {
  /** Names of keys as tmux knows them. */
  readonly keys: (...names: string[]) => void
  readonly type: (text: string) => void
  /** As a terminal does it, with brackets where the program asked for them. */
  readonly paste: (text: string) => void
  readonly screen: () => string
  readonly lines: () => readonly string[]
  readonly onAlternateScreen: () => boolean
  readonly resize: (columns: number, rows: number) => void
  readonly close: () => void
}

export const openTmux = (env: Readonly<Record<string, string>>, columns = 80, rows = 24): Tmux => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-tmux-'))
  const run = (...args: string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 's'), '-f', '/dev/null', ...args], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 })
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  run('new-session', '-d', '-x', String(columns), '-y', String(rows), 'env', ...words, 'PS1=ready> ', 'bash', '--norc', '--noprofile')
  const screen = (): string => run('capture-pane', '-p')
  return {
    keys: (...names) => {
      for (const name of names) run('send-keys', name)
    },
    type: (text) => void run('send-keys', '-l', '--', text),
    paste: (text) => {
      run('set-buffer', '--', text)
      run('paste-buffer', '-p')
    },
    screen,
    lines: () => screen().split('\n'),
    onAlternateScreen: () => run('display-message', '-p', '#{alternate_on}').trim() === '1',
    resize: (width, height) => void run('resize-window', '-x', String(width), '-y', String(height)),
    close: () => {
      run('kill-server')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
