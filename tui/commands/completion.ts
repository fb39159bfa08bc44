import { Exit, ExitError } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec, SHELLS } from './table.ts'

/** A completion script made from the same table as the commands; it is static, so the Tab key starts no program. */
export const completion: CommandFunction = async (context, [shell = '']) => {
  const script = SCRIPTS[shell as (typeof SHELLS)[number]]
  if (script === undefined) throw new ExitError(Exit.usage, `completion for ${JSON.stringify(shell)}: expected one of ${SHELLS.join(', ')}`)
  context.out(script())
  return Exit.done
}

const PROGRAM = 'aegis-console'

/** `-n, --lines N` → `-n`, `--lines`. */
const names = ({ flags }: OptionSpec): string[] => flags.split(/[ ,]+/).filter((word) => word.startsWith('-'))
const takesValue = ({ flags }: OptionSpec): boolean => /[ =][<[]?[A-Z]+/.test(flags)
const optionsOf = ({ options = [] }: CommandSpec): readonly OptionSpec[] => [...options, ...GLOBAL_OPTIONS]
const wordsOf = (command: CommandSpec): string =>
  [...(command.operands ?? []).flatMap(({ choices = [] }) => choices), ...optionsOf(command).flatMap(names)].join(' ')
const choicesOf = (options: readonly OptionSpec[]): readonly OptionSpec[] => options.filter(({ choices = [] }) => choices.length > 0)
const allCommands = COMMANDS.map(({ name }) => name).join(' ')
const single = (text: string): string => text.replaceAll("'", "'\\''")

const bash = (): string => `# bash completion for ${PROGRAM}: source <(${PROGRAM} completion bash)
_aegis_console() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case " ${allCommands} " in *" \${COMP_WORDS[index]} "*) command=\${COMP_WORDS[index]}; break ;; esac
  done
  case "$before" in
    --home|--feed|--config) COMPREPLY=($(compgen -f -- "$word")); return ;;
${COMMANDS.flatMap((command) => choicesOf(command.options ?? []).map((option) => `    ${names(option).join('|')}) [[ $command == ${command.name} ]] && { COMPREPLY=($(compgen -W '${option.choices?.join(' ')}' -- "$word")); return; } ;;`)).join('\n')}
  esac
  case "$command" in
    '') COMPREPLY=($(compgen -W '${allCommands} ${GLOBAL_OPTIONS.flatMap(names).join(' ')}' -- "$word")) ;;
${COMMANDS.map((command) => `    ${command.name}) COMPREPLY=($(compgen -W '${wordsOf(command)}' -- "$word")) ;;`).join('\n')}
  esac
}
complete -F _aegis_console ${PROGRAM}
`

const zshOption = (option: OptionSpec): string => {
  const values =
    option.choices === undefined
      ? option.file === true
        ? ':file:_files'
        : takesValue(option)
          ? ':value:'
          : ''
      : `:value:(${option.choices.join(' ')})`
  return names(option)
    .map((name) => `'${name}[${single(option.says).replaceAll('[', '(').replaceAll(']', ')')}]${values}'`)
    .join(' ')
}

const zsh = (): string => `#compdef ${PROGRAM}
# zsh completion for ${PROGRAM}: ${PROGRAM} completion zsh > a folder of $fpath/_${PROGRAM}
_aegis_console() {
  local -a commands
  commands=(
${COMMANDS.map(({ name, summary }) => `    '${name}:${single(summary).replaceAll(':', '\\:')}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${COMMANDS.map((command) => `    ${command.name}) _arguments ${[...optionsOf(command).map(zshOption), ...(command.operands ?? []).map(({ name, choices }, index) => `'${index + 1}:${name}:${choices === undefined ? '' : `(${choices.join(' ')})`}'`)].join(' ')} ;;`).join('\n')}
  esac
}
compdef _aegis_console ${PROGRAM}
`

const fishOption = (option: OptionSpec, when: string): string => {
  const [long, short] = [names(option).find((name) => name.startsWith('--')), names(option).find((name) => !name.startsWith('--'))]
  const parts = [
    short === undefined ? '' : `-s ${short.slice(1)}`,
    long === undefined ? '' : `-l ${long.slice(2)}`,
    takesValue(option) ? '-r' : '',
    option.choices === undefined ? '' : `-a '${option.choices.join(' ')}'`,
    option.file === true ? '-F' : '',
  ].filter((part) => part !== '')
  return `complete -c ${PROGRAM} ${when}${parts.join(' ')} -d '${option.says.replaceAll("'", "\\'")}'`
}

const fish = (): string =>
  [
    `# fish completion for ${PROGRAM}: ${PROGRAM} completion fish | source`,
    `complete -c ${PROGRAM} -f`,
    ...GLOBAL_OPTIONS.map((option) => fishOption(option, '')),
    ...COMMANDS.map(({ name, summary }) => `complete -c ${PROGRAM} -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`),
    ...COMMANDS.flatMap((command) => {
      const when = `-n '__fish_seen_subcommand_from ${command.name}' `
      const operands = (command.operands ?? []).flatMap(({ choices = [] }) => choices)
      return [
        ...(command.options ?? []).map((option) => fishOption(option, when)),
        ...(operands.length === 0 ? [] : [`complete -c ${PROGRAM} ${when}-a '${operands.join(' ')}'`]),
      ]
    }),
    '',
  ].join('\n')

const powershell = (): string => `# PowerShell completion for ${PROGRAM}: ${PROGRAM} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ${PROGRAM} -ScriptBlock {
  param($word, $tree, $cursor)
  $known = @{
${COMMANDS.map((command) => `    '${command.name}' = '${wordsOf(command)}'`).join('\n')}
  }
  $command = $tree.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() } | Where-Object { $known.ContainsKey($_) } | Select-Object -First 1
  $words = if ($command -and $command -ne $word) { $known[$command] } else { '${allCommands} ${GLOBAL_OPTIONS.flatMap(names).join(' ')}' }
  $words -split ' ' | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = { bash, zsh, fish, powershell }
