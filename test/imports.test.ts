import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name))

/** A specifier has no blank: the word `from` before a text with quotes is no import. */
const IMPORT = /(?:from|import)\s*\(?\s*'([^'\s]+)'/g

type Arrow = { readonly from: string; readonly to: string; readonly typeOnly: boolean; readonly lazy: boolean }

const arrows = (folder: string): Arrow[] =>
  sources(folder).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...text.matchAll(IMPORT)].flatMap((match) => {
      const specifier = match[1] ?? ''
      const line = text.slice(text.lastIndexOf('\n', match.index) + 1, match.index)
      const to = specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier
      return [{ from: file, to, typeOnly: /^(?:im|ex)port type/.test(line), lazy: match[0].includes('(') }]
    })
  })

const all = { src: arrows('src'), engine: arrows('engine'), tui: arrows('tui') }
const against = (list: readonly Arrow[], allowed: (arrow: Arrow) => boolean): string[] =>
  list.filter((arrow) => !allowed(arrow)).map(({ from, to }) => `${from} → ${to}`)
const ours = (to: string): boolean => /^(src|engine|tui|bin|test)\//.test(to)

describe('imports follow the arrows', () => {
  test('src points at nothing of ours', () => {
    expect(against(all.src, ({ to }) => !ours(to) || to.startsWith('src/'))).toEqual([])
  })
  test('engine points at engine and src', () => {
    expect(against(all.engine, ({ to }) => !ours(to) || /^(engine|src)\//.test(to))).toEqual([])
  })
  test('tui points at tui and src', () => {
    expect(against(all.tui, ({ to }) => !ours(to) || /^(tui|src)\//.test(to))).toEqual([])
  })
  test('the core imports only src and itself, and nothing that could tell time, read files or draw lots', () => {
    const core = all.engine.filter(({ from }) => from.startsWith('engine/core/'))
    expect(core.length).toBeGreaterThan(20)
    expect(against(core, ({ to, typeOnly }) => /^(src|engine\/core)\//.test(to) && (typeOnly || to !== 'src/clock.ts'))).toEqual([])
    for (const file of sources('engine/core')) {
      expect.soft(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/Date\.now|new Date\(|Math\.random|performance\.|process\.|async /)
    }
  })
  test('only a what-if may decide under a chain of guards of its own, so no engine can run without one', () => {
    const users = [...sources('engine'), ...sources('tui'), ...sources('src')].filter((file) =>
      /stepWithChain/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(users.sort()).toEqual(['engine/core/step.ts', 'engine/replay/decide-again.ts'])
    const replayers = all.engine.filter(({ to }) => to.startsWith('engine/replay/')).map(({ from }) => from)
    expect(replayers.filter((file) => !file.startsWith('engine/replay/') && file !== 'engine/main.ts')).toEqual([])
  })
  test('shared memory is known to one file, and the socket to the two ends', () => {
    const users = [...all.engine, ...all.tui, ...all.src].filter(({ to }) => to === 'koffi').map(({ from }) => from)
    expect(users.filter((file) => !/^engine\/(ring\/memory|child\/|control\/peer|supervisor\/)|^tui\/commands\/doctor\//.test(file))).toEqual([])
  })
  test('blessed is known to the charts alone, and loaded only when charts are looked at', () => {
    const users = all.tui.filter(({ from, to, typeOnly }) => /^blessed/.test(to) && !typeOnly && !from.endsWith('.d.ts')).map(({ from }) => from)
    const files = [...new Set(users)].sort()
    expect(files).toEqual(['tui/charts/contrib.ts', 'tui/charts/quiet-screen.ts', 'tui/charts/wall-board.ts'])
    const within = all.tui.filter(({ to, typeOnly }) => files.includes(to) && !typeOnly)
    const lazy = within.filter(({ from }) => !files.includes(from))
    expect(lazy.map(({ from }) => from)).toEqual(['tui/main.tsx', 'tui/main.tsx'])
    for (const { to } of lazy) expect(readFileSync(join(root, 'tui/main.tsx'), 'utf8')).toContain(`await import('./${relative('tui', to)}')`)
  })
  test('a console that starts loads what checks data once, with the bundle, and a quick command not at all', () => {
    const seen = new Set<string>()
    const load = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const { from, to, typeOnly, lazy } of [...all.tui, ...all.src]) if (from === file && !typeOnly && !lazy) load(to)
    }
    load('tui/commands/main.ts')
    load('tui/commands/attach.ts')
    expect(seen.size).toBeGreaterThan(20)
    expect([...seen].filter((name) => ['zod', 'react', 'ink', 'chokidar', 'pino-pretty'].includes(name))).toEqual([])
  })
  test('in the console only use-console, views, parts and the frame know React', () => {
    const users = all.tui.filter(({ to }) => to === 'react' || to === 'ink').map(({ from }) => from)
    expect(users.filter((file) => !/^tui\/(views|parts|terminal|app\.tsx|main\.tsx|store\/use-console)/.test(file))).toEqual([])
  })
})
