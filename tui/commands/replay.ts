import { become } from './become.ts'
import type { CommandFunction } from './context.ts'

/** Runs the recorded inputs through the same code again; `--verify` compares every event and hash, `--without` and `--set` ask what-if. */
export const replay: CommandFunction = async (context, operands, options) =>
  await become(
    process.execPath,
    [
      context.engineScript,
      'replay',
      '--instance',
      context.instance,
      '--home',
      context.home,
      ...(options.verify === true ? ['--verify'] : []),
      ...['without', 'set'].flatMap((name) => (typeof options[name] === 'string' ? [`--${name}`, options[name]] : [])),
      ...(context.json ? ['--json'] : []),
      ...operands,
    ],
    context.env,
  )
