import type { Clock } from '../../src/clock.ts'
import { type Bar, BarFlag, type FirewallRule, type Instrument } from '../../src/contracts/market.ts'
import { createDesk } from '../feed/desk.ts'
import { createFirewall } from '../feed/firewall.ts'
import { runReplay } from '../feed/replay.ts'
import { openReplayFile } from '../feed/replay-file.ts'
import type { TapeWriter } from '../tape/port.ts'

export type BarsRead = {
  readonly bars: readonly Bar[]
  readonly rejects: number
  readonly rejectsByRule: Readonly<Partial<Record<FirewallRule, number>>>
  readonly timeframeMs: number
  /** Why the file ended early; null where it was read to its last row, or to as many bars as were asked for. */
  readonly failure: string | null
}

export type ReadBarsSetup = {
  /** What the settings of a replay say of a file. */
  readonly file: Parameters<typeof openReplayFile>[0]
  readonly instruments: readonly Instrument[]
  /** For the firewall only: rows of the future are refused. */
  readonly clock: Clock
  readonly barsMax?: number
}

/**
 * All bars of a candle file as the feed would put them on a new tape: the same parser, the same firewall, the same sequences.
 * Only `ingestTime` differs: here a bar is taken in as it closes. @throws ExitError 78 where it is no candle file.
 */
export const readBars = async ({ file: settings, instruments, clock, barsMax = Number.POSITIVE_INFINITY }: ReadBarsSetup): Promise<BarsRead> => {
  const file = await openReplayFile(settings, instruments, clock.now())
  const fed = file.instrument === null ? instruments : [file.instrument]
  const bars: Bar[] = []
  const rejectsByRule: Partial<Record<FirewallRule, number>> = {}
  let rejects = 0
  const tape: TapeWriter = {
    end: () => ({ sequence: 0, row: 0, bars: 0, rejects: 0, rejectsByRule: {}, newest: new Map(), barsByInstrument: new Map(), tornBytes: 0 }),
    append: () => undefined,
    reject: (rule) => {
      rejects += 1
      rejectsByRule[rule] = (rejectsByRule[rule] ?? 0) + 1
    },
    flush: () => undefined,
    close: () => undefined,
  }
  const firewall = createFirewall({ clock: 'data', timeframeMs: file.timeframeMs, instruments: fed.length })
  firewall.setNow(clock.now())
  firewall.setClock(file.begins)
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined } // refused rows are counted, and the caller says how many
  const desk = createDesk({
    tape,
    firewall,
    instruments: fed,
    timeframeMs: file.timeframeMs,
    flags: BarFlag.replayed,
    log,
    monotonic: clock.monotonic,
  })
  const isFull = (): boolean => bars.length >= barsMax
  try {
    const end = await runReplay({
      file,
      speed: 'max',
      instruments: fed,
      rowsDone: 0,
      firewall,
      desk,
      outlet: {
        take: (bar) => {
          if (!isFull()) bars.push({ ...bar, ingestTime: bar.eventTime })
          return true
        },
        deliver: async () => undefined,
        publish: () => undefined,
        catchUp: async () => 0,
        unpublished: () => 0,
        setGone: () => undefined,
        isWaiting: () => false,
      },
      tape,
      bell: { ring: () => undefined, wake: () => undefined, close: () => undefined, sleep: async () => undefined },
      progress: { work: () => undefined, beat: () => undefined, setWaiting: () => undefined, read: () => ({ work: 0, beat: 0, waiting: false }) },
      clock,
      log,
      stopping: isFull,
    })
    return { bars, rejects, rejectsByRule, timeframeMs: file.timeframeMs, failure: end.kind === 'failed' ? end.reason : null }
  } finally {
    file.blocks.close()
  }
}
