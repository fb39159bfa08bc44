import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { ChildName } from '../src/contracts/names.ts'
import { Exit, ExitError } from '../src/exit.ts'
import { outliveOutput } from '../src/standard-output.ts'

/**
 * Four processes with young generations that grow take 250 MB after a year of candles; with ones that do not, 185 MB. A replay at full
 * speed is an eighth slower for it.
 */
const SMALL_YOUNG_GENERATION = '--semi-space-growth-factor=1'

/** Each role loads only its own code: a supervisor needs no strategies and a feed no ledger. */
export const runRole = async (role: string, argv: readonly string[]): Promise<number> => {
  // Databases, their logs and whatever else a library makes: nobody but the owner may read them.
  process.umask(0o077)
  setFlagsFromString(SMALL_YOUNG_GENERATION)
  enableCompileCache()
  try {
    if (role === 'supervise') return await (await import('./supervisor/main.ts')).main(argv)
    if (role === 'replay' || role === 'report') outliveOutput(() => undefined)
    if (role === 'replay') return await (await import('./replay/main.ts')).main(argv)
    if (role === 'report') return await (await import('./reports/main.ts')).main(argv)
    const { runChild } = await import('./child/run.ts')
    return await runChild(role as ChildName, await childMain(role as ChildName))
  } catch (error) {
    if (!(error instanceof ExitError)) throw error
    process.stderr.write(`aegis-engine: ${error.message}\n${error.remedy === null ? '' : `${error.remedy}\n`}`)
    return error.code
  }
}

const childMain = async (role: ChildName) => {
  if (role === 'feed') return (await import('./feed/main.ts')).main
  if (role === 'brain') return (await import('./brain/main.ts')).main
  if (role === 'orchestrator') return (await import('./orchestrator/main.ts')).main
  throw new ExitError(Exit.usage, `no role ${role}`)
}
