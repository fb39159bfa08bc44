import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { commandLine } from '../helpers/command-line.ts'

const withConfig = (text: string) => {
  const line = commandLine()
  mkdirSync(dirname(line.paths.config), { recursive: true })
  writeFileSync(line.paths.config, text)
  return line
}

test('check says what is valid, and what it is', async () => {
  const { run, paths } = withConfig('{"mode":"dry-run"}')
  const { code, out } = await run('config check')
  expect([code, out]).toEqual([Exit.done, expect.stringContaining(`valid: ${paths.config}  mode dry-run (config)`)])
})

test('check names file, line and field of what is not: exit 78', async () => {
  const { run, paths } = withConfig('{\n "mods": 1 }')
  const { code, out, err } = await run('config check --json')
  expect([code, err]).toEqual([Exit.configuration, expect.stringContaining(`${paths.config}:2:2 mods: unknown setting; did you mean mode?`)])
  expect(JSON.parse(out)).toMatchObject({ error: { code: 78, type: 'configuration' } })
})

test('show --origin tells where each value came from', async () => {
  const { run } = withConfig('{"risk":{"positionsMax":3}}')
  const { out } = await run('config show --origin --seed 9')
  expect(out).toMatch(/risk\.positionsMax +config +3/)
  expect(out).toMatch(/feed\.seed +flag +9/)
  expect(out).toMatch(/^mode +default +simulate/m)
})

test('show --json is the effective settings', async () => {
  expect((await withConfig('{"risk":{"positionsMax":3}}').run('config --json')).json()).toMatchObject({ mode: 'simulate', risk: { positionsMax: 3 } })
})

test('what is doubtful is a warning on standard error', async () => {
  const line = withConfig('{}')
  line.env.AEGIS_MOD = 'live'
  expect((await line.run('config check')).err).toContain('warning: AEGIS_MOD is not a setting')
})
