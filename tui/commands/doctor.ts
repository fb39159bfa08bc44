import { Exit } from '../../src/exit.ts'
import type { CommandFunction, Context } from './context.ts'
import type { Finding } from './doctor/finding.ts'
import { consoleSettings, engine, settings } from './doctor/instance.ts'
import { locale, node, platform, sharedMemory, space, sqlite, terminal, watches } from './doctor/machine.ts'
import { folders, locks, sockets, sources } from './doctor/places.ts'
import { note, printJson, table } from './print.ts'

/** Looks for what could go wrong on this machine: exit 0 nothing, 2 something works badly, 1 something will not work. */
export const doctor: CommandFunction = async (context) => {
  const findings = await examine(context)
  if (context.json) printJson(context, { instance: context.instance, findings })
  else {
    context.out(
      table(
        [
          { head: 'VERDICT', of: ({ verdict }) => verdict },
          { head: 'PROBE', of: ({ probe }) => probe },
          { head: 'FOUND', of: ({ says }) => says },
        ],
        findings,
      ),
    )
  }
  for (const { probe, verdict, remedy } of findings) if (verdict !== 'PASS' && remedy !== null) note(context, `${probe}: ${remedy}`)
  if (findings.some(({ verdict }) => verdict === 'FAIL')) return Exit.checkFalse
  return findings.some(({ verdict }) => verdict === 'WARN') ? Exit.warn : Exit.done
}

const examine = async (context: Context): Promise<readonly Finding[]> => {
  const { env, home, instance, paths, canDraw } = context
  return [
    node(process.versions.node),
    platform(process.platform, process.arch),
    sqlite(process.versions.sqlite),
    sharedMemory(process.platform),
    terminal(canDraw, env.TERM),
    locale(env),
    folders([home, paths.root]),
    sources(paths),
    sockets(env, home, instance),
    locks(env),
    space(paths.root),
    watches(process.platform),
    await settings(context),
    await consoleSettings(context),
    await engine(context),
  ]
}
