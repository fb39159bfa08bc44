import type { Environment } from '../../src/home.ts'

const ESC = '\u001b'
const BELL = '\u0007'
/** Terminals whose answer to OSC 777 is none, or a stray text; they get the bell. */
const BELL_ONLY = /^(?:Apple_Terminal|vscode|WindowsTerminal)$/

/** The bytes of a call: a notification where the terminal is known to take one, and the bell wherever it might not arrive. */
export const ringText = (env: Environment, how: 'bell' | 'osc9' | 'osc777' | 'auto', text: string): string => {
  const kind = how === 'auto' ? known(env) : how
  if (kind === 'bell') return BELL
  const sequence = kind === 'osc9' ? `${ESC}]9;${text}${BELL}` : `${ESC}]777;notify;aegis;${text}${BELL}`
  // A multiplexer hands it on only when it is wrapped, and not always then: the bell always gets through.
  if (env.TMUX !== undefined) return `${ESC}Ptmux;${ESC}${sequence}${ESC}\\${BELL}`
  if (env.STY !== undefined) return `${ESC}P${sequence}${ESC}\\${BELL}`
  return sequence
}

const known = (env: Environment): 'bell' | 'osc9' | 'osc777' => {
  const program = env.TERM_PROGRAM ?? ''
  if (program === 'iTerm.app') return 'osc9'
  if (BELL_ONLY.test(program) || env.WT_SESSION !== undefined || (env.TERM ?? '').startsWith('alacritty')) return 'bell'
  return 'osc777'
}
