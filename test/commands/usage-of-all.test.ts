import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { Exit } from '../../src/exit.ts'
import { COMMANDS, CONSOLE, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../../tui/commands/table.ts'
import { bin } from '../e2e/engine.ts'
import { commandLine } from '../helpers/command-line.ts'

/** Every way to mistype every command, made from the table: each is exit 64 before anything is done, names what is wrong and how to mend it. */
const long = ({ flags }: OptionSpec): string => /--[a-z-]+/.exec(flags)?.[0] ?? ''
const takesValue = ({ flags }: OptionSpec): boolean => flags.includes('<')
const needed = ({ operands = [] }: CommandSpec): string[] => operands.filter((each) => each.needed).map(({ choices }) => choices?.[0] ?? 'x')
const wrong = async (line: readonly string[]) => {
  const ran = await commandLine().run(line)
  expect([ran.code, ran.out], line.join(' ')).toEqual([Exit.usage, ''])
  const [message = '', ...remedies] = ran.err.trimEnd().split('\n')
  expect(ran.err).not.toMatch(/^\s+at /m)
  return { message, remedy: remedies.join('\n') }
}

describe.each(COMMANDS)('$name', (spec) => {
  const { name, options = [], operands = [] } = spec
  const help = `aegis-console ${name} --help lists what it takes`

  if (spec.passesOn !== true)
    test('an unknown flag is named, with where the known ones stand', async () => {
      expect(await wrong([name, ...needed(spec), '--bogus'])).toEqual({ message: "aegis-console: unknown option '--bogus'", remedy: help })
    })

  test('a flag that nearly is one is told which was meant', async () => {
    if (spec.passesOn === true) return
    expect((await wrong([name, ...needed(spec), '--jsn'])).remedy).toBe(`(Did you mean --json?)\n${help}`)
  })

  test('a flag without its value is named', async () => {
    for (const option of [...options, ...GLOBAL_OPTIONS].filter(takesValue)) {
      const { message, remedy } = await wrong([name, ...needed(spec), long(option)])
      expect(message).toBe(`aegis-console: option '${option.flags}' argument missing`)
      expect(remedy).toBe(help)
    }
  })

  test('a value that is no choice is named, with all choices', async () => {
    for (const option of options.filter(({ choices = [], judgedLater }) => choices.length > 0 && judgedLater !== true)) {
      const { message, remedy } = await wrong([name, ...needed(spec), long(option), 'nonsense'])
      expect(message).toContain(`option '${option.flags}' argument 'nonsense' is invalid`)
      for (const choice of option.choices ?? []) expect(message).toContain(choice)
      expect(remedy).toBe(help)
    }
    for (const [index, { choices, name: operand }] of operands.entries()) {
      if (choices === undefined) continue
      const before = operands.slice(0, index).map((each) => each.choices?.at(-1) ?? 'x')
      const { message } = await wrong([name, ...before, 'nonsense'])
      expect(message).toContain(`'nonsense' is invalid for argument '${operand}'`)
      for (const choice of choices) expect(message).toContain(choice)
    }
  })

  if (needed(spec).length > 0)
    test('a missing operand is named', async () => {
      expect(await wrong([name])).toEqual({ message: `aegis-console: missing required argument '${operands[0]?.name}'`, remedy: help })
    })

  if (spec.passesOn !== true)
    test('one operand too many is named', async () => {
      const { message, remedy } = await wrong([name, ...operands.map(({ choices }) => choices?.at(-1) ?? 'x'), 'superfluous'])
      expect(message).toContain(`too many arguments for '${name}'`)
      expect(message).toContain('superfluous')
      expect(remedy).toBe(help)
    })

  if (name !== 'attach')
    test('what only the console understands is refused', async () => {
      if (spec.passesOn === true) return
      for (const option of CONSOLE) {
        const value = takesValue(option) ? [option.choices?.[0] ?? '2'] : []
        expect((await wrong([long(option), ...value, name, ...needed(spec)])).message).toContain(`unknown option '${long(option)}'`)
      }
    })

  test('a name with its last letters changed suggests it, and does nothing', async () => {
    const typo = `${name}x`
    expect((await wrong([typo])).message).toBe(`aegis-console: unknown command ${JSON.stringify(typo)}; did you mean ${name}?`)
  })
})

test.each([
  { line: 'breakers list halt', says: 'breakers list takes no name: halt' },
  { line: 'phase show trial', says: 'phase show takes no phase: trial' },
  { line: 'proposals list 3', says: 'proposals list takes no id' },
  { line: 'breakers rearm', says: 'the name is missing' },
  { line: 'phase set', says: 'the phase is missing' },
  { line: 'proposals approve', says: 'the id is missing' },
  { line: 'cycles -n x', says: '-n "x": expected 1 to 100000' },
  { line: 'signals --since soon', says: '--since "soon": expected an age' },
  { line: 'logs --filter level>=loud', says: '--filter "level>=loud": ' },
  { line: 'attach --fps 99', says: '--fps "99": a whole number from 1 to 10' },
  { line: '--fps x', says: '--fps "x": a whole number from 1 to 10' },
  { line: 'ack x --reason y', says: 'expected the number of an alert' },
  { line: 'why X', says: 'give at least 3 letters' },
  { line: '--bogus', says: "unknown option '--bogus'" },
])('$line: $says', async ({ line, says }) => {
  expect((await wrong(line.split(' '))).message).toContain(says)
})

// These become the engine's own program, so they need a process.
test.each([
  { line: 'replay --bogus', says: "'--bogus'" },
  { line: 'replay superfluous', says: "'superfluous'" },
  { line: 'replay --verify --from', says: "'--from'" },
  { line: 'report --hours x', says: '--hours "x": expected a number above zero' },
  { line: 'shadow --hours=-1', says: "'--hours'" },
])('$line is told by the engine: $says', ({ line, says }) => {
  const { env } = commandLine()
  const ran = spawnSync(process.execPath, [bin, ...line.split(' ')], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })
  expect([ran.status, ran.stdout, ran.stderr]).toEqual([Exit.usage, '', expect.stringContaining(says)])
  expect(ran.stderr).not.toMatch(/^\s+at /m)
})
