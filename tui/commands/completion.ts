import { Exit, ExitError } from '../../src/exit.ts'
import type { CommandFunction } from './context.ts'
import { COMMANDS, CONSOLE, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec, SHELLS } from './table.ts'

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
const allCommands = COMMANDS.map(({ name }) => name).join(' ')
/** Without a command the console opens, so its options are offered there as well as behind `attach`. */
const EARLY: readonly OptionSpec[] = [...GLOBAL_OPTIONS, ...CONSOLE]
const earlyWords = `${allCommands} ${EARLY.flatMap(names).join(' ')}`
/** Per command its own options, and under the name of no command those of the console. */
const ownOptions: readonly { readonly name: string; readonly options: readonly OptionSpec[] }[] = [
  { name: '', options: CONSOLE },
  ...COMMANDS.map(({ name, options = [] }) => ({ name, options })),
]
const fileOptions = [
  ...new Set([...GLOBAL_OPTIONS, ...ownOptions.flatMap(({ options }) => options)].filter(({ file }) => file === true).flatMap(names)),
]
/** `command:option) the values it may have`, for the case of a shell that has seen both. */
const bashChoices = (): string[] =>
  ownOptions.flatMap(({ name, options }) =>
    options.flatMap((option) =>
      option.choices === undefined
        ? []
        : [
            `    ${names(option)
              .map((word) => `"${name}:${word}"`)
              .join('|')}) COMPREPLY=($(compgen -W '${option.choices.join(' ')}' -- "$word")); return ;;`,
          ],
    ),
  )
const single = (text: string): string => text.replaceAll("'", "'\\''")

const bash = (): string => `# bash completion for ${PROGRAM}: source <(${PROGRAM} completion bash)
_aegis_console() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case " ${allCommands} " in *" \${COMP_WORDS[index]} "*) command=\${COMP_WORDS[index]}; break ;; esac
  done
  case "$before" in
    ${fileOptions.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "$command:$before" in
${bashChoices().join('\n')}
  esac
  case "$command" in
    '') COMPREPLY=($(compgen -W '${earlyWords}' -- "$word")) ;;
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
  local index known=0
  for (( index = 2; index < CURRENT; index++ )); do
    [[ -n \${(M)commands:#\${(b)words[index]}:*} ]] && { known=1; break }
  done
  if (( ! known )); then
    _arguments ${EARLY.map(zshOption).join(' ')} '1:command:{ _describe command commands }'
    return
  fi
  words=($words[index,-1])
  (( CURRENT -= index - 1 ))
  case $words[1] in
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
    takesValue(option) ? (option.file === true ? '-r -F' : '-x') : '',
    option.choices === undefined ? '' : `-a '${option.choices.join(' ')}'`,
  ].filter((part) => part !== '')
  return `complete -c ${PROGRAM} ${when}${parts.join(' ')} -d '${option.says.replaceAll("'", "\\'")}'`
}

const fish = (): string =>
  [
    `# fish completion for ${PROGRAM}: ${PROGRAM} completion fish | source`,
    `complete -c ${PROGRAM} -f`,
    ...GLOBAL_OPTIONS.map((option) => fishOption(option, '')),
    ...CONSOLE.map((option) => fishOption(option, '-n __fish_use_subcommand ')),
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
  $words = if ($command -and $command -ne $word) { $known[$command] } else { '${earlyWords}' }
  $words -split ' ' | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = { bash, zsh, fish, powershell }
