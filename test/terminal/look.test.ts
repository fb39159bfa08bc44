import { describe, expect, test } from 'vitest'
import { CONSOLE } from '../../tui/commands/table.ts'
import { COLOURS, decideLook } from '../../tui/terminal/look.ts'

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

describe('--color comes before the environment', () => {
  test.each([
    { colour: 'never', env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', FORCE_COLOR: '3' }, depth: 0 },
    { colour: '16', env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, depth: 1 },
    { colour: '16', env: { TERM: 'xterm-256color', NO_COLOR: '1' }, depth: 1 },
    { colour: '256', env: { TERM: 'xterm', FORCE_COLOR: '1' }, depth: 2 },
    { colour: '256', env: { TERM: 'xterm', NO_COLOR: '1' }, depth: 2 },
    { colour: 'truecolor', env: { TERM: 'screen' }, depth: 3 },
    { colour: 'truecolor', env: { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '0' }, depth: 3 },
    // It says that there are colours, not how many: that many as the terminal is known to take.
    { colour: 'always', env: { TERM: 'xterm-256color' }, depth: 2 },
    { colour: 'always', env: { TERM: 'xterm-256color', FORCE_COLOR: '3' }, depth: 3 },
    { colour: 'always', env: { TERM: 'xterm-256color', NO_COLOR: '1' }, depth: 1 },
    { colour: 'always', env: { TERM: 'xterm', FORCE_COLOR: '0' }, depth: 1 },
    { colour: 'always', env: {}, depth: 1 },
    // The same as no flag.
    { colour: 'auto', env: { TERM: 'xterm-256color', NO_COLOR: '1' }, depth: 0 },
    { colour: 'auto', env: { TERM: 'xterm', FORCE_COLOR: '3' }, depth: 3 },
    { colour: 'auto', env: { TERM: 'xterm-direct' }, depth: 3 },
  ])('--color $colour with $env has depth $depth', ({ colour, env, depth }) => {
    expect(decideLook(env, { colour }).depth).toBe(depth)
  })

  test('each of its values is one that the command line takes', () => {
    const choices = CONSOLE.find(({ flags }) => flags.startsWith('--color'))?.choices
    expect(choices).toEqual(COLOURS)
  })
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
