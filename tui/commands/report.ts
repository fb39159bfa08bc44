import { become } from './become.ts'
import { type CommandFunction, type Context, text } from './context.ts'

/** Becomes the engine's reader of the ledger, which makes the report; no engine has to run. */
export const readReport = async (context: Context, what: string, hours: string | undefined = undefined): Promise<number> =>
  await become(
    process.execPath,
    [
      context.engineScript,
      'report',
      what,
      '--instance',
      context.instance,
      '--home',
      context.home,
      ...(hours === undefined ? [] : ['--hours', hours]),
      ...(context.json ? ['--json'] : []),
    ],
    context.env,
  )

const reader =
  (what: string): CommandFunction =>
  async (context, _, options) =>
    await readReport(context, what, text(options, 'hours'))

/** How shadow trades end, and how far they agree with the account's. */
export const shadow = reader('shadow')
/** What each guard saved and cost, with intervals. */
export const guards = reader('guards')
/** All of it in one. */
export const report = reader('report')
