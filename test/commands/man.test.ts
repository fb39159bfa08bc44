import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { manPages } from '../../tui/commands/man.ts'
import { COMMANDS } from '../../tui/commands/table.ts'
import { KEYMAP } from '../../tui/keymap.ts'

const plain = (text: string): string => text.replaceAll('\\-', '-').replace(/\n/g, ' ')

test('every command, option, exit code and key is in a page', () => {
  const { 'aegis-console.1': commands = '', 'aegis-console-keys.7': keys = '' } = manPages()
  for (const { name, summary, options = [] } of COMMANDS) {
    expect(plain(commands)).toContain(`.B ${name}`)
    expect(plain(commands)).toContain(summary)
    for (const { flags } of options) expect(plain(commands)).toContain(flags)
  }
  for (const code of Object.values(Exit)) expect(commands).toContain(`.B ${code}\n`)
  for (const { does } of KEYMAP) expect(plain(keys).replace(/ +/g, ' ')).toContain(does.replace(/ +/g, ' '))
})

const missing = spawnSync('mandoc', ['-V']).error === undefined ? null : 'mandoc is not installed'

test.skipIf(missing !== null)(`the pages are sound (skipped: ${missing ?? 'no'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-man-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(manPages())) {
    writeFileSync(join(folder, name), text)
    const { stdout } = spawnSync('mandoc', ['-Tlint', join(folder, name)], { encoding: 'utf8' })
    expect(stdout).toBe('')
  }
})
