import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { VERSION } from '../../src/version.ts'
import { COMMANDS, CONSOLE, SHELLS } from '../../tui/commands/table.ts'
import { commandLine } from '../helpers/command-line.ts'

describe('usage', () => {
  test.each([
    { line: 'statu', says: 'did you mean status?' },
    { line: 'statu --help', says: 'did you mean status?' },
    { line: 'zzzzzzz', says: 'unknown command "zzzzzzz"' },
    { line: 'status --jsn', says: 'unknown option' },
    { line: 'status extra', says: 'too many arguments' },
    { line: 'why', says: 'missing required argument' },
    { line: 'cycles -n', says: 'argument missing' },
    { line: 'completion tcsh', says: 'bash, zsh, fish, powershell' },
    { line: 'status --instance ../x', says: 'an instance is 1 to 32 of' },
    { line: 'signals --state happy', says: 'generated, evaluating' },
  ])('$line is exit 64', async ({ line, says }) => {
    const { code, out, err } = await commandLine().run(line)
    expect([code, out, err]).toEqual([Exit.usage, '', expect.stringContaining(says)])
  })

  test('with --json the failure is a document as well, even where the arguments could not be read', async () => {
    const { json } = await commandLine().run('statu --json')
    expect(json()).toEqual({
      error: { code: 64, type: 'usage', message: expect.stringContaining('did you mean status?'), remedy: expect.any(String) },
    })
  })

  test('a hostile word is not repeated as it is', async () => {
    const { err } = await commandLine().run(['\u001b]0;owned\u0007'])
    expect(err).not.toContain('\u001b')
  })

  test('--version and --help are data', async () => {
    expect(await commandLine().run('--version')).toMatchObject({ code: Exit.done, out: `${VERSION}\n`, err: '' })
    const { code, out } = await commandLine().run('--help')
    expect(code).toBe(Exit.done)
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name} `)
  })

  test('the first screen of the help is examples and commands; what only the screen takes is behind attach', async () => {
    const { out } = await commandLine().run('--help')
    const lines = out.split('\n')
    expect(lines.indexOf('Examples:')).toBeLessThan(lines.indexOf('Engine:'))
    expect(lines.indexOf('Control:')).toBeLessThan(24)
    expect(lines.indexOf('Options:')).toBeGreaterThan(lines.indexOf('Care:'))
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80)
    for (const { flags } of CONSOLE) {
      const [long = ''] = /--[\w-]+/.exec(flags) ?? []
      expect(out).not.toContain(`  ${long}`)
      expect((await commandLine().run('attach --help')).out).toContain(`  ${long}`)
    }
  })

  test('choices are named once, and every command shows the options of all', async () => {
    const { out } = await commandLine().run('logs --help')
    expect(out).toMatch(/this level and above: trace, debug, info, warn, error,\s+fatal/)
    expect(out.match(/orchestrator/g)).toHaveLength(1)
    expect(out).toContain('--json')
    expect((await commandLine().run('attach --help')).out.match(/truecolor/g)).toHaveLength(1)
  })

  test.each(COMMANDS.map(({ name }) => name))('%s has help and can be loaded', async (name) => {
    expect((await commandLine().run(`${name} --help`)).code).toBe(Exit.done)
    expect(await COMMANDS.find((each) => each.name === name)?.load()).toBeTypeOf('function')
  })
})

describe('completion', () => {
  test.each(SHELLS)('%s knows every command', async (shell) => {
    const { out } = await commandLine().run(`completion ${shell}`)
    for (const { name } of COMMANDS) expect(out).toContain(name)
  })

  test('bash takes the script, and completes commands, options and choices', async () => {
    const { out } = await commandLine().run('completion bash')
    const complete = (...words: string[]): string[] => {
      const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _aegis_console; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
      return stdout.trim().split('\n')
    }
    expect(complete('aegis-console', 'pos')).toEqual(['positions'])
    expect(complete('aegis-console', 'halt', '--y')).toEqual(['--yes'])
    expect(complete('aegis-console', '--json', 'signals', '--state', 'b')).toEqual(['blocked'])
    expect(complete('aegis-console', 'audit', 'v')).toEqual(['verify'])
    // The console opens without a command, so its options need none either.
    expect(complete('aegis-console', '--read')).toEqual(['--read-only'])
    expect(complete('aegis-console', '--notify', 'osc')).toEqual(['osc9', 'osc777'])
    expect(complete('aegis-console', 'attach', '--notify', 'o')).toEqual(['off', 'osc9', 'osc777'])
    expect(complete('aegis-console', 'status', '--read')).toEqual([''])
  })

  test.skipIf(spawnSync('fish', ['--version']).error !== undefined)('fish completes them too (skipped where fish is not installed)', async () => {
    const { run, folder } = commandLine()
    writeFileSync(`${folder}/script`, (await run('completion fish')).out)
    const complete = (line: string): string[] => {
      const { status, stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source ${folder}/script; complete -C '${line}'`], {
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
      })
      expect([status, stderr]).toEqual([0, ''])
      return stdout
        .trim()
        .split('\n')
        .map((said) => said.split('\t')[0] ?? '')
    }
    expect(complete('aegis-console pos')).toEqual(['positions'])
    expect(complete('aegis-console --read')).toEqual(['--read-only'])
    expect(complete('aegis-console --notify osc7')).toEqual(['osc777'])
    expect(complete('aegis-console status --read')).toEqual([''])
    expect(complete('aegis-console signals --state b')).toEqual(['blocked'])
  })

  const installed = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

  for (const [shell, check] of [
    ['bash', '-n'],
    ['zsh', '-n'],
    ['fish', '--no-execute'],
  ] as const) {
    test.skipIf(!installed(shell))(`${shell} takes the script (skipped where ${shell} is not installed)`, async () => {
      const { run, folder } = commandLine()
      writeFileSync(`${folder}/script`, (await run(`completion ${shell}`)).out)
      expect(spawnSync(shell, [check, `${folder}/script`], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    })
  }
})
