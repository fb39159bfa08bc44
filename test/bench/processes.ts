import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds of processor time that all threads of a process have used. */
export const processorNs = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0)

const KIB = 1_024

const kibOf = (text: string, key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)

/** Proportional set size of some processes together, in bytes: pages shared with others count in parts. */
export const pssOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + kibOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') * KIB, 0)

/**
 * What these processes would weigh on a machine without another Node: their own memory, and of each file that they map the most
 * that one of them has of it. PSS flatters an engine beside which other Nodes share the binary's pages.
 */
export const aloneOf = (pids: readonly number[]): number => {
  const files = new Map<string, number>()
  let own = 0
  for (const pid of pids) {
    const mapped = new Map<string, number>()
    for (const mapping of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
      const name = /^[^\n]*? (\/[^\n]*)/.exec(mapping)?.[1] ?? ''
      const anonymous = kibOf(mapping, 'Anonymous') * KIB
      own += anonymous
      if (name !== '') mapped.set(name, (mapped.get(name) ?? 0) + kibOf(mapping, 'Rss') * KIB - anonymous)
    }
    for (const [name, bytes] of mapped) files.set(name, Math.max(files.get(name) ?? 0, bytes))
  }
  return own + [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** The first Node of the PATH that is not one of npm's packages, or null: what a person's shell would run. */
export const systemNode = (path = process.env.PATH ?? ''): string | null =>
  path
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => `${folder}/node`)
    .find((file) => existsSync(file)) ?? null
