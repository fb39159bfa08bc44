import { expect, test } from 'vitest'
import { decideLook } from '../../tui/terminal/look.ts'

test.each([
  { env: { TERM: 'xterm' }, depth: 1 },
  { env: { TERM: 'xterm-256color' }, depth: 2 },
  { env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, depth: 3 },
  { env: { TERM: 'screen-256color', COLORTERM: 'truecolor' }, depth: 2 },
  { env: { TERM: 'screen.xterm-256color' }, depth: 2 },
  { env: { TERM: 'xterm-direct' }, depth: 3 },
  { env: { TERM: 'xterm-kitty' }, depth: 3 },
  { env: { TERM: 'linux' }, depth: 1 },
  { env: { TERM: 'dumb' }, depth: 0 },
  { env: {}, depth: 0 },
  { env: { TERM: 'xterm-256color', NO_COLOR: '1', FORCE_COLOR: '3' }, depth: 0 },
  { env: { TERM: 'xterm-256color', NO_COLOR: '' }, depth: 2 },
  { env: { TERM: 'dumb', FORCE_COLOR: '2' }, depth: 2 },
  { env: { TERM: 'xterm-256color', FORCE_COLOR: '0' }, depth: 0 },
])('$env has colour depth $depth', ({ env, depth }) => {
  expect(decideLook(env).depth).toBe(depth)
})

test.each([
  { env: { LANG: 'en_GB.UTF-8' }, ascii: false },
  { env: { LANG: 'C' }, ascii: true },
  { env: {}, ascii: true },
  { env: { LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, ascii: true },
  { env: { LANG: 'C', LC_CTYPE: 'de_DE.utf8' }, ascii: false },
])('$env is ASCII only: $ascii', ({ env, ascii }) => {
  expect(decideLook(env).ascii).toBe(ascii)
})
