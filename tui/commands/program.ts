import { Argument, Command, CommanderError, Help, Option } from 'commander'
import { Exit, ExitError } from '../../src/exit.ts'
import { nearest } from '../../src/nearest.ts'
import type { Options } from './context.ts'
import { COMMANDS, CONSOLE, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './table.ts'

const EXAMPLES = `Examples:
  aegis-console start --feed replay:BTCUSD_1m.csv.gz --speed max
  aegis-console status --json
  aegis-console pause --reason "news at 14:30"
  aegis-console why BTCUSD_17
`
const HELP_AFTER = `
aegis-console COMMAND --help shows what a command takes, attach --help how the
screen may look. In the console ? shows the keys.
`

/** A list of choices is left out where the text names them all. */
const described = ({ description, argChoices }: Pick<Option, 'description' | 'argChoices'>): string =>
  argChoices === undefined || argChoices.every((choice) => description.includes(choice)) ? description : `${description}: ${argChoices.join(', ')}`

/** What can be done comes before how it may look. */
class CommandsFirst extends Help {
  override showGlobalOptions = true
  override formatHelp(command: Command, helper: Help): string {
    const lines = super.formatHelp(command, helper).split('\n')
    const options = lines.indexOf('Options:')
    const after = lines.findIndex((line, at) => at > options && line === '')
    if (command.commands.length === 0 || options < 0 || after < 0) return lines.join('\n')
    const section = lines.splice(options, after - options + 1)
    return [...lines.slice(0, options), ...EXAMPLES.split('\n'), ...lines.slice(options), ...section.slice(0, -1), ''].join('\n')
  }
  override optionDescription(option: Option): string {
    return described(option)
  }
  override argumentDescription(argument: Argument): string {
    return described(argument)
  }
  override subcommandTerm(command: Command): string {
    return [command.name(), ...command.registeredArguments.map((operand) => this.operandTerm(operand))].join(' ')
  }
  private operandTerm(operand: Argument): string {
    const inner = `${operand.name()}${operand.variadic ? '...' : ''}`
    return operand.required ? `<${inner}>` : `[${inner}]`
  }
}
const createHelp = (): Help => new CommandsFirst()

/** Called with the command that was chosen; null is none, which attaches. */
export type Run = (spec: CommandSpec | null, operands: readonly string[], options: Options) => Promise<void>

export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void }

/** The parser made from the table. It prints help and version, and throws everything else as an `ExitError` 64. */
export const parse = async (argv: readonly string[], version: string, output: Output, run: Run): Promise<void> => {
  const program = new Command('aegis-console')
    .description('Operate a detached trading engine. Without a command it attaches to the engine that runs.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: () => undefined, outputError: () => undefined })
    .addHelpText('beforeAll', ({ command }) => {
      // Help of a command that does not exist is not the general help: the word is misspelt here as it would be without --help.
      const [word] = command === program ? command.args : []
      if (word !== undefined && !word.startsWith('-')) throw unknownCommand(word)
      return ''
    })
    .addHelpText('after', HELP_AFTER)
    .allowExcessArguments(true)
    .argument('[command]')
    .usage('[command] [options]')
    .action(async (_: unknown, options: Options, command: Command) => {
      const [word] = command.args
      if (word !== undefined) throw unknownCommand(word)
      await run(null, [], options)
    })
  program.createHelp = createHelp
  program.configureHelp({ visibleArguments: (command) => (command === program ? [] : [...command.registeredArguments]) })
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option))
  for (const option of CONSOLE) program.addOption(optionOf(option).hideHelp())
  for (const spec of COMMANDS) program.addCommand(commandOf(spec, program, run))
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    const name = COMMANDS.find((spec) => argv.includes(spec.name))?.name
    const remedy = name === undefined ? 'aegis-console --help lists commands and options' : `aegis-console ${name} --help lists what it takes`
    throw new ExitError(Exit.usage, error.message.replace(/^error: /, ''), remedy)
  }
}

const commandOf = (spec: CommandSpec, program: Command, run: Run): Command => {
  const command = new Command(spec.name)
  command.createHelp = createHelp
  command.description(spec.summary).helpGroup(`${spec.group}:`).copyInheritedSettings(program)
  for (const { name, says, needed = false, many = false, choices } of spec.operands ?? []) {
    const inner = `${name}${many ? '...' : ''}`
    const argument = new Argument(needed ? `<${inner}>` : `[${inner}]`, says)
    command.addArgument(choices === undefined ? argument : argument.choices([...choices]))
  }
  for (const option of spec.options ?? []) command.addOption(optionOf(option))
  if (spec.passesOn === true) command.allowUnknownOption()
  command.allowExcessArguments(spec.passesOn === true)
  return command.action(async () => {
    refuseLooks(spec, program)
    await run(spec, command.args, command.optsWithGlobals() as Options)
  })
}

/** What only the console understands is an error anywhere else, as any option that a command does not know. */
const refuseLooks = ({ name }: CommandSpec, program: Command): void => {
  if (name === 'attach') return
  for (const { flags } of CONSOLE) {
    const option = new Option(flags)
    if (program.getOptionValueSource(option.attributeName()) === 'cli')
      throw new ExitError(Exit.usage, `unknown option '${option.long}'`, `aegis-console ${name} --help lists its options`)
  }
}

const optionOf = ({ flags, says, choices, judgedLater = false }: OptionSpec): Option => {
  const option = new Option(flags, says)
  return choices === undefined || judgedLater ? option : option.choices([...choices])
}

const unknownCommand = (word: string): ExitError => {
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  )
  return new ExitError(
    Exit.usage,
    `unknown command ${JSON.stringify(word)}${near === null ? '' : `; did you mean ${near}?`}`,
    'aegis-console --help lists them',
  )
}
