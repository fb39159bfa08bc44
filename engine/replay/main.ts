import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Instrument } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { aegisHome, instancePaths } from '../../src/home.ts'
import { inert } from '../../src/text.ts'
import { guards } from '../core/guards/index.ts'
import { openLedger } from '../ledger/ledger.ts'
import { openTapeReader } from '../tape/reader.ts'
import { readChanges } from './changes.ts'
import { verifyCore } from './verify.ts'
import { verifySignals } from './verify-signals.ts'
import { whatIf } from './what-if.ts'
import { whatIfJson, whatIfLines } from './what-if-text.ts'

const readInstruments = (path: string): Instrument[] => {
  try {
    return z.array(Instrument).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new ExitError(Exit.corrupt, `${path}: ${(error as Error).message}`, 'restore it from a backup')
  }
}

/**
 * `aegis-engine replay --verify`: 0 where everything was decided the same again, 1 where not, 65 where a file is not ours.
 * `--without` and `--set` ask what-if instead: 1 where the record, or the way it is simulated, does not hold.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { values } = parse(argv)
  const { without, set } = values
  if (values.verify && without.length + set.length > 0)
    throw new ExitError(Exit.usage, '--verify compares what was decided; --without and --set decide it differently', 'ask for one of them')
  const changes = readChanges(without, set, guards)
  const paths = instancePaths(aegisHome(process.env, values.home), values.instance)
  const ledger = openLedger(paths.ledger, () => '', { readOnly: true })
  const tape = openTapeReader(paths.tape)
  const print = (report: object, text: () => string[]): void =>
    void process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${text().join('\n')}\n`)
  try {
    const instruments = readInstruments(paths.instruments)
    if (without.length + set.length > 0) {
      const answer = whatIf(ledger, tape, instruments, changes)
      print({ instance: paths.instance, ...whatIfJson(answer) }, () => whatIfLines(paths.instance, answer))
      return answer.broken === null && answer.asRecorded.same ? Exit.done : Exit.checkFalse
    }
    const { brainRuns, state: _, ...core } = verifyCore(ledger, tape, instruments)
    const signals = verifySignals(brainRuns, tape, instruments, paths.strategies)
    const clean = core.difference === null && signals.difference === null && signals.unverifiable.length === 0
    const report = { instance: paths.instance, clean, core, signals }
    print(report, () => lines(report))
    return clean ? Exit.done : Exit.checkFalse
  } finally {
    tape.close()
    ledger.close()
  }
}

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        instance: { type: 'string', default: 'default' },
        home: { type: 'string' },
        verify: { type: 'boolean', default: false },
        without: { type: 'string', multiple: true, default: [] },
        set: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
      strict: true,
    })
  } catch (error) {
    throw new ExitError(Exit.usage, (error as Error).message, 'aegis-console replay --help lists its options')
  }
}

type Report = {
  readonly instance: string
  readonly clean: boolean
  readonly core: Omit<ReturnType<typeof verifyCore>, 'brainRuns' | 'state'>
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
