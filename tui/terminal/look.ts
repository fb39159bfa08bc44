import type { Environment } from '../../src/home.ts'

/** Colours that the terminal is given: none, 16, 256, or all. */
export type ColourDepth = 0 | 1 | 2 | 3

/** How the screen looks, decided once. Bold, dim and inverse stay without colour. */
export type Look = { readonly depth: ColourDepth; readonly ascii: boolean }

/** What a person asked for by flag; it comes before everything else. */
export type LookWish = { readonly colour?: string | undefined; readonly ascii?: boolean | undefined }

export const COLOURS = ['auto', 'never', 'always', '16', '256', 'truecolor'] as const

export const decideLook = (env: Environment, wish: LookWish = {}): Look => ({
  depth: wishedDepth(wish.colour) ?? (wish.colour === 'always' ? (Math.max(1, colourDepth(env)) as ColourDepth) : colourDepth(env)),
  ascii: wish.ascii === true || isAscii(env),
})

const DEPTHS: Readonly<Record<string, ColourDepth>> = { never: 0, '16': 1, '256': 2, truecolor: 3 }
const wishedDepth = (colour: string | undefined): ColourDepth | null => (colour === undefined ? null : (DEPTHS[colour] ?? null))

/** Terminals that are known to take 24-bit colour though nothing else says so; SSH does not forward `COLORTERM`. */
const TRUECOLOUR = /-direct$|^(?:xterm-kitty|xterm-ghostty|alacritty|wezterm|foot)/

/** The first rule that matches decides. */
const colourDepth = (env: Environment): ColourDepth => {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0
  const forced = env.FORCE_COLOR
  if (forced !== undefined && /^[0-3]$/.test(forced)) return Number(forced) as ColourDepth
  const terminal = env.TERM ?? ''
  if (terminal === '' || terminal === 'dumb') return 0
  const underScreen = terminal.startsWith('screen') // 4.x garbles 24-bit colours
  if (!underScreen && /^(?:truecolor|24bit)$/.test(env.COLORTERM ?? '')) return 3
  if (TRUECOLOUR.test(terminal)) return 3
  return /-256color$/.test(terminal) ? 2 : 1
}

/** True where the locale is not UTF-8: the first of the three variables that is set decides, and none of them means C. */
const isAscii = (env: Environment): boolean => {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'C'
  return !/utf-?8/i.test(locale)
}
