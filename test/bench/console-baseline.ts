import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { shown, type Taken, type Unit } from './console-rig.ts'
import { printFigures } from './table.ts'

const file = fileURLToPath(new URL('console-baseline.json', import.meta.url))
const WORSE_MAX = 1.15
/** Differences below these are noise, whatever they are in per cent. */
const NOISE: Readonly<Record<Unit, number>> = { ms: 5, '%': 0.5, 'B/s': 100, B: 20, MB: 5, '': 0 }

const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`

type Baseline = {
  readonly date: string
  readonly machine: string
  readonly figures: Readonly<Record<string, { readonly value: number; readonly unit: Unit }>>
}

/** Figures that were not taken this time stay what they were, on the same machine. */
export const writeBaseline = (taken: readonly Taken[]): void => {
  const former = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Baseline) : null
  const figures = {
    ...(former?.machine === machine() ? former.figures : {}),
    ...Object.fromEntries(taken.map(({ what, value, unit }) => [what, { value: Math.round(value * 100) / 100, unit }])),
  }
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine: machine(), figures }, null, 2)}\n`)
}

/** Prints what became of the committed figures; one that is worse by more than noise and 15 % is missed. Another machine has other figures. */
export const printAgainstBaseline = (taken: readonly Taken[]): void => {
  if (!existsSync(file)) {
    console.log('\nno baseline yet: AEGIS_BASELINE=write npm run bench:console')
    return
  }
  const baseline = JSON.parse(readFileSync(file, 'utf8')) as Baseline
  if (baseline.machine !== machine()) {
    console.log(`\nnot compared with the figures of ${baseline.date}: they are of another machine, ${baseline.machine}`)
    return
  }
  const figures = taken.flatMap(({ what, value, unit }) => {
    const former = baseline.figures[what]
    if (former === undefined) return []
    const limit = Math.max(former.value * WORSE_MAX, former.value + NOISE[unit])
    return [{ what, value: `${shown({ value, unit })}, was ${shown(former)}`, aim: `≤ ${shown({ value: limit, unit })}`, met: value <= limit }]
  })
  console.log('')
  if (figures.length > 0) printFigures(`console, against the figures of ${baseline.date}`, figures)
}
