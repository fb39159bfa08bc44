import { cpus, loadavg, totalmem } from 'node:os'

/** A figure without an aim (an empty text) is told beside one that has an aim. */
export type Figure = { readonly what: string; readonly value: string; readonly aim: string; readonly met: boolean }

/** Prints figures as a table with the machine they were taken on and how busy it was. Exits 1 where one misses its aim, so a command can watch them. */
export const printFigures = (title: string, figures: readonly Figure[], at: Date = new Date()): void => {
  const cpu = cpus()
  console.log(`${title}`)
  console.log(
    `${cpu[0]?.model.trim() ?? 'unknown processor'}, ${cpu.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.versions.node}, ${at.toISOString().slice(0, 10)}, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  )
  console.log('')
  const width = Math.max(...figures.map(({ what }) => what.length))
  for (const { what, value, aim, met } of figures)
    console.log(`${what.padEnd(width)}  ${value.padStart(22)}${aim === '' ? '' : `  aim ${aim.padEnd(18)} ${met ? 'met' : 'MISSED'}`}`)
  if (figures.some(({ met }) => !met)) process.exitCode = 1
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
