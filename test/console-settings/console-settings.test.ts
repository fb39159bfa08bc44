import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Exit, ExitError } from '../../src/exit.ts'
import { KEYMAP } from '../../tui/keymap.ts'
import { parseConsoleSettings, readConsoleSettings } from '../../tui/settings/console-settings.ts'
import { consoleSettingsPath, hasConsoleSettings } from '../../tui/settings/path.ts'
import { type KeyWishes, rebind } from '../../tui/settings/rebind.ts'
import { completions, runPalette } from '../../tui/store/palette.ts'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import { colourTheme, lightTheme, THEMES } from '../../tui/theme.ts'
import { attached } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'
import { tempFolder } from '../helpers/temp.ts'

const parse = (text: string) => parseConsoleSettings('console.json', text)
const refusal = (run: () => unknown): { readonly code: number; readonly message: string } => {
  try {
    run()
  } catch (error) {
    if (error instanceof ExitError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the person’s own settings', () => {
  test('stand where XDG says, and relative folders do not count', () => {
    expect(consoleSettingsPath({ HOME: '/home/maria' })).toBe('/home/maria/.config/aegis/console.json')
    expect(consoleSettingsPath({ HOME: '/home/maria', XDG_CONFIG_HOME: '/etc/xdg' })).toBe('/etc/xdg/aegis/console.json')
    expect(consoleSettingsPath({ HOME: '/home/maria', XDG_CONFIG_HOME: 'somewhere' })).toBe('/home/maria/.config/aegis/console.json')
  })
  test('are all taken, with comments between them', () => {
    expect(
      parse(`{
        // as I like it
        "theme": "light", "fps": 2, "lowBandwidth": true, "notify": "osc9", "charts": "braille", "clipboard": true, "mouse": true,
        "color": "256", "ascii": true,
      }`),
    ).toEqual({
      settings: { theme: 'light', fps: 2, lowBandwidth: true, notify: 'osc9', charts: 'braille', clipboard: true, mouse: true },
      colour: '256',
      ascii: true,
      themes: {},
      keys: {},
      warnings: [],
    })
  })
  test.each([
    { says: 'a number out of range', text: '{\n  "fps": 11\n}', error: /^console\.json:2:10 fps: .*10/ },
    { says: 'a word that is none', text: '{ "notify": "loud" }', error: /^console\.json:1:13 notify: expected one of .*osc9/ },
    { says: 'a theme that is not there', text: '{ "theme": "solar" }', error: /theme: no theme "solar"; there are dark, light, mono/ },
    { says: 'half a file', text: '{ "fps": ', error: /^console\.json:1:\d+ / },
    { says: 'one setting twice', text: '{ "fps": 1, "fps": 2 }', error: /fps: is given twice/ },
    { says: 'a list', text: '[]', error: /\(file\): expected object/ },
    { says: 'a tone that is none', text: '{ "themes": { "x": { "tones": { "loud": {} } } } }', error: /themes\.x\.tones.*/ },
    {
      says: 'a colour that is none',
      text: '{ "themes": { "x": { "tones": { "live": { "color": "#12345" } } } } }',
      error: /themes\.x\.tones\.live\.color/,
    },
    { says: 'the name of a built-in theme', text: '{ "themes": { "dark": { "tones": {} } } }', error: /themes\.dark: is the name of a theme/ },
    { says: 'a command that is none', text: '{ "keys": { "hallt": "L" } }', error: /^console\.json:1:22 keys\.hallt: .*did you mean halt\?/ },
    { says: 'a key that is none', text: '{ "keys": { "halt": "LL" } }', error: /keys\.halt/ },
    { says: 'no key at all', text: '{ "keys": { "halt": [] } }', error: /keys\.halt/ },
    { says: 'a key with two meanings', text: '{\n "keys": {\n  "halt": "p" } }', error: /^console\.json:3:11 keys\.halt: p means both/ },
    { says: 'a reserved key', text: '{ "keys": { "halt": "Ctrl-A" } }', error: /keys\.halt: Ctrl-A .* is reserved/ },
    { says: 'the key that confirms', text: '{ "keys": { "halt": "y", "copy": "V" } }', error: /keys\.halt: y confirms dialogs/ },
    {
      says: 'a letter that would then be typed nowhere',
      text: '{ "keys": { "repaint": "u" } }',
      error: /keys\.repaint: u would be typed into no text/,
    },
    { says: 'a key that people hold down', text: '{ "keys": { "halt": "PageDown" } }', error: /keys\.halt: PageDown is held down to move/ },
    { says: 'brackets without end', text: '['.repeat(100_000), error: /is nested too deep|expected/ },
    { says: 'the way out of everything', text: '{ "keys": { "leave": "V" } }', error: /keys\.leave: no command whose key can be chosen/ },
  ])('$says is refused with file, line and field', ({ text, error }) => {
    const { code, message } = refusal(() => parse(text))
    expect(code).toBe(Exit.configuration)
    expect(message).toMatch(error)
  })
  test('every fault is named at once', () => {
    expect(refusal(() => parse('{ "fps": 0, "notify": "x" }')).message.split('\n')).toHaveLength(2)
  })
  test('an unknown name does nothing and is told, with what was meant', () => {
    const { warnings, settings } = parse('{\n "fsp": 3, "themes": { "x": { "tones": { "live": { "colour": "red" } } } } }')
    expect(settings).toEqual({})
    expect(warnings).toEqual([
      expect.stringMatching(/^console\.json:2:\d+ fsp: unknown setting, it does nothing; did you mean fps\?$/),
      expect.stringMatching(/themes\.x\.tones\.live\.colour: unknown .*did you mean color\?$/),
    ])
  })
  test('a file that was named has to be there', () => {
    expect(refusal(() => readConsoleSettings(join(tempFolder(), 'none.json')))).toMatchObject({ code: Exit.configuration, message: /ENOENT/ })
  })
  test('what is no file is not waited for, and a link that leads nowhere is named', () => {
    expect(refusal(() => readConsoleSettings('/dev/zero')).message).toBe('/dev/zero: is no file')
    expect(refusal(() => readConsoleSettings(tempFolder())).message).toContain('is no file')
    const home = tempFolder()
    expect(hasConsoleSettings({ HOME: home })).toBe(false)
    mkdirSync(join(home, '.config', 'aegis'), { recursive: true })
    symlinkSync(join(home, 'nowhere'), consoleSettingsPath({ HOME: home }))
    expect(hasConsoleSettings({ HOME: home })).toBe(true)
    expect(refusal(() => readConsoleSettings(consoleSettingsPath({ HOME: home }))).message).toContain('ENOENT')
  })
  test('a file that is far too long is not read', () => {
    const folder = tempFolder()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'console.json'), ' '.repeat(300_000))
    expect(refusal(() => readConsoleSettings(join(folder, 'console.json'))).message).toContain('300000 bytes')
  })
})

test('those of the README are right as they stand there', () => {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
  const block = [...readme.matchAll(/```jsonc\n([\s\S]*?)```/g)].map(([, text = '']) => text).find((text) => text.includes('"themes"')) ?? ''
  expect(parse(block)).toMatchObject({ settings: { theme: 'mine', mouse: true }, keys: { halt: ['L'] }, warnings: [] })
})

describe('an own theme', () => {
  test('is another one with some tones changed', () => {
    const { themes } = parse('{ "themes": { "mine": { "base": "light", "tones": { "live": { "color": "#ff0000", "dim": true, "bold": false } } } } }')
    expect(themes.mine).toEqual({ ...lightTheme, live: { color: '#ff0000', dimColor: true } })
    expect(parse('{ "themes": { "x": { "tones": {} } } }').themes.x).toEqual(colourTheme)
  })
  test('can be chosen as any other', () => {
    const state = { ...attached(), themes: [...Object.keys(THEMES), 'mine'] }
    expect(completions(state, 'theme m')).toEqual(['theme mono', 'theme mine'])
    expect(runPalette(state, 'theme mine')).toMatchObject({ ok: true, value: { actions: [{ kind: 'settings', changes: { theme: 'mine' } }] } })
    expect(runPalette(attached(), 'theme mine')).toMatchObject({ ok: false })
  })
})

describe('keys of one’s own', () => {
  const withKeys = (wishes: KeyWishes) => {
    const bound = rebind(KEYMAP, wishes)
    if (!bound.ok) throw new Error(bound.error.map(({ message }) => message).join())
    return { ...attached(), keys: bound.value }
  }
  test('take the place of those of the table, in what they do, the help and the last line', () => {
    const state = withKeys({ pauseResume: ['u'], down: ['d', 'Down'] })
    const pressed = press(state, { kind: 'key', name: 'u', count: 1 })
    expect(pressed.actions).toMatchObject([{ kind: 'dialog', dialog: { command: { kind: 'pause' } } }])
    expect(press(state, { kind: 'key', name: 'p', count: 1 }).actions).toMatchObject([{ kind: 'message' }])
    expect(press(state, { kind: 'key', name: 'd', count: 1 }).actions).toEqual([{ kind: 'choose', pane: 'cycles', by: 1 }])
    expect(draw(state).at(-1)).toMatch(/ u pause\.\./)
    const help = reduce(state, { kind: 'help', help: { offset: 0, filter: 'pause the engine', typing: false } })
    expect(draw(help).join('\n')).toMatch(/^ +u +pause the engine/m)
  })
  test('are those of the palette’s commands too', () => {
    expect(runPalette(withKeys({ zoom: ['Z'], flattenOne: ['V'] }), 'zoom')).toMatchObject({
      ok: true,
      value: { actions: [{ kind: 'zoom', on: true }] },
    })
  })
  test('leave dialogs, fields and the way out as they are', () => {
    const bound = rebind(KEYMAP, { zoom: ['V'] })
    const fixed = (context: string) => KEYMAP.filter((row) => row.context === context)
    if (!bound.ok) throw new Error('it is free')
    for (const context of ['dialog', 'prompt', 'help']) expect(bound.value.filter((row) => row.context === context)).toEqual(fixed(context))
  })
})

test('the words of the log work from the palette where the log has the focus', () => {
  const inLog = reduce(attached(), { kind: 'pane', pane: 'logs' })
  expect(runPalette(inLog, 'freeze')).toMatchObject({ ok: true, value: { effects: [{ kind: 'freezeLog' }] } })
  expect(runPalette(attached(), 'freeze')).toEqual({ ok: false, error: 'freeze works in the log pane' })
})
