import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Instrument } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { aegisHome, instancePaths } from '../../src/home.ts'
import { inert } from '../../src/text.ts'
import { openLedger } from '../ledger/ledger.ts'
import { openTapeReader } from '../tape/reader.ts'
import { verifyCore } from './verify.ts'
import { verifySignals } from './verify-signals.ts'

const readInstruments = (path: string): Instrument[] => {
  try {
    return z.array(Instrument).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new ExitError(Exit.corrupt, `${path}: ${(error as Error).message}`, 'restore it from a backup')
  }
}

/** `aegis-engine replay --verify`: 0 where everything was decided the same again, 1 where not, 65 where a file is not ours. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      instance: { type: 'string', default: 'default' },
      home: { type: 'string' },
      verify: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    strict: true,
  })
  const paths = instancePaths(aegisHome(process.env, values.home), values.instance)
  const ledger = openLedger(paths.ledger, () => '', { readOnly: true })
  const tape = openTapeReader(paths.tape)
  try {
    const instruments = readInstruments(paths.instruments)
    const core = verifyCore(ledger, tape, instruments)
    const { brainRuns, ...decided } = core
    const signals = verifySignals(brainRuns, tape, instruments, paths.strategies)
    const clean = core.difference === null && signals.difference === null && signals.unverifiable.length === 0
    const report = { instance: paths.instance, clean, core: decided, signals }
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${lines(report).join('\n')}\n`)
    return clean ? Exit.done : Exit.checkFalse
  } finally {
    tape.close()
    ledger.close()
  }
}

type Report = {
  readonly instance: string
  readonly clean: boolean
  readonly core: Omit<ReturnType<typeof verifyCore>, 'brainRuns'>
  readonly signals: ReturnType<typeof verifySignals>
}

const lines = ({ instance, clean, core, signals }: Report): string[] => {
  const { difference } = core
  return [
    `${instance}: ${clean ? 'clean' : 'NOT CLEAN'}`,
    `core     ${core.cycles} cycles, ${core.inputs} inputs, ${core.bars} bars, ${core.events} events, ${core.checkpoints} checkpoints decided again`,
    `         state ${core.stateHash}`,
    ...(difference === null
      ? []
      : [
          `         cycle ${difference.cycle} differs in ${inert(difference.what)}`,
          `         recorded ${inert(difference.expected)}`,
          `         again    ${inert(difference.found)}`,
        ]),
    `signals  ${signals.signals} of ${signals.runs} brain runs made again`,
    ...signals.unverifiable.map((text) => `         not verifiable: ${inert(text)}`),
    ...(signals.difference === null
      ? []
      : [
          `         run ${signals.difference.run} differs`,
          `         recorded ${inert(signals.difference.expected)}`,
          `         again    ${inert(signals.difference.found)}`,
        ]),
  ]
}
