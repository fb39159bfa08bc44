import { expect, test } from 'vitest'
import { ringText } from '../../tui/terminal/ring.ts'

const ESC = '\u001b'
const BELL = '\u0007'

test.each([
  { says: 'the bell is the bell everywhere', env: { TMUX: '/x' }, how: 'bell' as const, text: BELL },
  { says: 'iTerm takes OSC 9', env: { TERM_PROGRAM: 'iTerm.app' }, how: 'auto' as const, text: `${ESC}]9;hello${BELL}` },
  { says: 'terminals that would show stray text get the bell', env: { TERM_PROGRAM: 'Apple_Terminal' }, how: 'auto' as const, text: BELL },
  { says: 'others get OSC 777', env: { TERM: 'xterm-256color' }, how: 'auto' as const, text: `${ESC}]777;notify;aegis;hello${BELL}` },
  {
    says: 'tmux gets it wrapped, and the bell beside it',
    env: { TMUX: '/x' },
    how: 'osc9' as const,
    text: `${ESC}Ptmux;${ESC}${ESC}]9;hello${BELL}${ESC}\\${BELL}`,
  },
  { says: 'screen too', env: { STY: '1.x' }, how: 'osc9' as const, text: `${ESC}P${ESC}]9;hello${BELL}${ESC}\\${BELL}` },
])('$says', ({ env, how, text }) => {
  expect(ringText(env, how, 'hello')).toBe(text)
})
