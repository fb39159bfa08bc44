import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Exit, ExitError } from '../../src/exit.ts'
import type { InstancePaths } from '../../src/home.ts'

export type SourceKind = 'streams' | 'logs' | 'trail'

const REMEDIES: Readonly<Record<SourceKind, string>> = {
  streams: 'an engine that runs makes it anew from the ledger, else its next start does',
  logs: 'an engine that runs makes it anew with its next line; what was in it is gone',
  trail: 'bring it back from a backup: an engine does not start beside signed heads without their trail',
}

/** What an engine makes after it has made the source, or at once with it: where that is there, the source has to be. */
const witnesses = ({ ledger, auditHeads }: InstancePaths, kind: SourceKind): readonly string[] =>
  kind === 'streams' ? [ledger] : [auditHeads, ledger]

/** The file or folder, or the folder that it would be in. */
const nearest = (path: string): string => (existsSync(dirname(path)) ? path : dirname(path))

export type Missing = { readonly path: string; readonly remedy: string }

/** Nothing recorded and nothing to read from are two things: an instance that never ran has no files yet, any other one has lost them. */
export const missingSource = (paths: InstancePaths, kind: SourceKind, path: string): Missing | null =>
  existsSync(path) || !witnesses(paths, kind).some(existsSync) ? null : { path: nearest(path), remedy: REMEDIES[kind] }

/** @throws ExitError 3 where it is lost, as for a ledger that is not there. */
export const demandSource = (paths: InstancePaths, kind: SourceKind, path: string): void => {
  const missing = missingSource(paths, kind, path)
  if (missing !== null) throw new ExitError(Exit.notRunning, `source missing: ${missing.path}`, missing.remedy)
}
