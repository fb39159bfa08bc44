import { VERSION } from '../../src/version.ts'
import { contextOf } from './context.ts'
import { reportFailure } from './failure.ts'
import { parse } from './program.ts'
import { systemTerminal, type Terminal } from './terminal.ts'

/** The command line: arguments in, exit code out. Everything that goes wrong ends here, with one message. */
export const main = async (argv: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> => {
  let code = 0
  try {
    await parse(argv, VERSION, terminal, async (spec, operands, options) => {
      const context = contextOf(terminal, options)
      const command = spec === null ? (await import('./attach.ts')).attach : await spec.load()
      code = await command(context, operands, options)
    })
    return code
  } catch (error) {
    return reportFailure(terminal, asksForJson(argv), error)
  }
}

/** Also where the arguments could not be parsed; after `--` it would be an operand. */
const asksForJson = (argv: readonly string[]): boolean => argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json')
