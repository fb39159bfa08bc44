import { basename } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { Config } from '../../src/contracts/config.ts'
import { BarFlag, type Instrument, timeframeMs } from '../../src/contracts/market.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { clip } from '../../src/text.ts'
import type { ChildHandle } from '../child/port.ts'
import type { Shared } from '../ring/port.ts'
import type { FromChild } from '../supervisor/messages.ts'
import type { TapeReader, TapeWriter } from '../tape/port.ts'
import { createDesk } from './desk.ts'
import { baseOf, type Described, parseSource, type Resume, resumeOf, type SourceRecord } from './feed-source.ts'
import { createFirewall, type Firewall } from './firewall.ts'
import { gapCount } from './gap-count.ts'
import { createOutlet } from './outlet.ts'
import { runSimulated } from './realtime.ts'
import { runReplay } from './replay.ts'
import { beginsAs, describeFile, openReplayFile, type ReplayFile } from './replay-file.ts'
import { feedView, newsOf } from './view.ts'

/** The view is sent at most four times a second, and once a second where only ages changed. */
const VIEW_MS = 250
const AGES_MS = 1_000

export type FeedPorts = {
  readonly config: Pick<Config, 'feed' | 'risk'>
  readonly instruments: readonly Instrument[]
  readonly tape: TapeWriter
  readonly reader: TapeReader
  readonly shared: Pick<Shared, 'brainBars' | 'orchestratorBars' | 'doorbells' | 'progress'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly send: (message: FromChild) => void
  /** Calls something again and again; the answer stops it. */
  readonly every: (ms: number, call: () => void) => () => void
  /** `feed-source.json`, which says what the end of the tape comes from; null where there is none. */
  readonly record: { readonly read: () => string | null; readonly write: (text: string) => void }
  /** A broken invariant in the loop: ends the process, so that the supervisor starts another. */
  readonly crash: (error: unknown) => void
}

/** What differs between a file and the simulated market, once it is open. */
type Source = {
  readonly described: Described
  /** For the view and the log. */
  readonly name: string
  readonly evidence: string
  readonly instruments: readonly Instrument[]
  readonly timeframeMs: number
  readonly flags: number
  readonly file: ReplayFile | null
}

const openSource = async ({ config: { feed }, instruments, clock }: FeedPorts): Promise<Source> => {
  if (feed.kind === 'replay') {
    const file = await openReplayFile(feed, instruments, clock.now())
    const { path, identity, instrument, timeframeMs: ms } = file
    return {
      described: { kind: 'replay', path, ...identity, symbol: instrument?.symbol ?? null, timeframeMs: ms },
      name: `replay ${clip(basename(path), 120)} ${feed.speed === 'max' ? 'max' : `x${feed.speed}`}`,
      evidence: describeFile(file),
      instruments: instrument === null ? instruments : [instrument],
      timeframeMs: ms,
      flags: BarFlag.replayed,
      file,
    }
  }
  const fed = feed.symbols.map((symbol) => {
    const found = instruments.find((each) => each.symbol === symbol)
    if (found !== undefined) return found
    throw new ExitError(
      Exit.configuration,
      `the simulated feed is asked for ${symbol}, but nothing is known of it`,
      `add ${symbol} with its tick and lot to instruments in config.json`,
    )
  })
  return {
    described: { kind: 'simulated', seed: feed.seed, timeframeMs: timeframeMs(feed.timeframe), symbols: [...feed.symbols] },
    name: `simulated seed ${feed.seed}`,
    evidence: `simulated ${feed.symbols.join(' ')} ${feed.timeframe} seed ${feed.seed}`,
    instruments: fed,
    timeframeMs: timeframeMs(feed.timeframe),
    flags: BarFlag.simulated,
    file: null,
  }
}

/** Finds out whether the source goes on where the tape ends, remembers it, and says in the log what happens. */
const resume = ({ tape, record, log }: FeedPorts, source: Source): { readonly from: Resume; readonly base: SourceRecord['base'] } => {
  const end = tape.end()
  const text = record.read()
  const known = text === null ? null : parseSource(text)
  if (text !== null && known === null) log.warn('feed-source.json is not readable; the source is taken for a new one')
  const from = resumeOf(known, end, source.described, (identity) => source.file !== null && beginsAs(source.file.path, identity))
  const base = from.kind === 'same' ? from.base : baseOf(end)
  const next = JSON.stringify({ source: source.described, base } satisfies SourceRecord)
  if (next !== text?.trim()) record.write(next)

  const rows = end.bars + end.rejects - base.bars - base.rejects
  if (from.kind === 'first') log.info({ source: source.name }, 'the tape is empty and begins with this source')
  else if (from.kind === 'same')
    log.info({ source: source.name, rows, grown: from.grown, sequence: end.sequence }, 'the source goes on behind its last row on the tape')
  else {
    log.warn(
      { source: source.name, was: clip(from.was, 200), sequence: end.sequence, newestAt: newestTime(end.newest.values()) },
      'the tape ends in another source: this one begins at its first row, sequences go on, and candles older than the tape are refused',
    )
  }
  return { from, base }
}

const newestTime = (bars: Iterable<{ readonly eventTime: number }>): number | null => {
  let newest: number | null = null
  for (const { eventTime } of bars) if (newest === null || eventTime > newest) newest = eventTime
  return newest
}

const restoredFirewall = ({ tape, clock }: FeedPorts, source: Source, isNew: boolean): Firewall => {
  const { newest } = tape.end()
  const firewall = createFirewall({
    clock: source.file === null ? 'wall' : 'data',
    timeframeMs: source.timeframeMs,
    instruments: source.instruments.length,
  })
  firewall.setNow(clock.now())
  for (const [slot, { id }] of source.instruments.entries()) {
    const bar = newest.get(id)
    if (bar !== undefined) firewall.restore(slot, bar)
  }
  if (source.file !== null) {
    firewall.setClock(newestTime(newest.values()) ?? Number.NaN)
    // The distance between two sources is no gap that a row would have to confirm.
    if (isNew) firewall.setClock(source.file.begins)
  }
  return firewall
}

/** The feed: opens its source, hands on what a feed before it left undone, and goes on until it is drained. */
export const runFeed = async (ports: FeedPorts): Promise<ChildHandle> => {
  const { config, tape, reader, shared, clock, log, send } = ports
  const { brainBars, orchestratorBars, doorbells } = shared
  const bell = doorbells.feed
  const progress = shared.progress.feed

  const source = await openSource(ports)
  log.info({ source: source.name }, source.evidence)
  warnOf(source.file, log)
  const { from, base } = resume(ports, source)
  const atStart = tape.end()
  if (atStart.tornBytes > 0) log.warn({ bytes: atStart.tornBytes }, 'a torn record was cut off the tape; its row is read again')

  for (const ring of [brainBars, orchestratorBars]) {
    if (ring.published() <= atStart.sequence) continue
    throw new ExitError(
      Exit.corrupt,
      `the tape ends at bar ${atStart.sequence}, but bars up to ${ring.published()} were dealt with`,
      'restore data/tape from a backup, or begin with another instance',
    )
  }

  let stopping = false
  let ended: string | null = null
  const isStopping = (): boolean => stopping
  const firewall = restoredFirewall(ports, source, from.kind !== 'same' || atStart.sequence === base.sequence)
  const outlet = createOutlet({
    tape,
    reader,
    readers: [
      { ring: brainBars, bell: doorbells.brain, follows: null },
      { ring: orchestratorBars, bell: doorbells.orchestrator, follows: source.file === null ? null : brainBars },
    ],
    bell,
    progress,
    waits: source.file !== null,
    stopping: isStopping,
  })
  const desk = createDesk({
    tape,
    firewall,
    instruments: source.instruments,
    timeframeMs: source.timeframeMs,
    flags: source.flags,
    log,
    monotonic: clock.monotonic,
  })
  const oldGaps = gapCount(reader, base.sequence + 1, atStart.sequence)

  const state = (): string => {
    if (ended !== null) return ended
    if (stopping) return 'draining'
    return outlet.isWaiting() ? 'waiting for space' : 'running'
  }

  const view = () => {
    const end = tape.end()
    const dataClock = firewall.clock()
    const byData = source.file !== null
    return feedView({
      source: source.name,
      state: state(),
      clock: byData ? (Number.isNaN(dataClock) ? null : dataClock) : clock.now(),
      end,
      base,
      gaps: oldGaps.more() + desk.gaps(),
      committed: brainBars.committed(),
      decided: shared.orchestratorBars.committed(),
      overruns: brainBars.overruns() + orchestratorBars.overruns(),
      instruments: source.file?.instrument === null ? source.instruments.filter(({ id }) => end.newest.has(id)) : source.instruments,
      timeframeMs: source.timeframeMs,
      staleAfterMs: config.risk.dataAgeBarsMax * source.timeframeMs,
    })
  }

  let told = ''
  let toldAt = Number.NEGATIVE_INFINITY
  const tell = (): void => {
    const feed = view()
    const news = newsOf(feed)
    const now = clock.monotonic()
    if (news === told && (source.file !== null || now - toldAt < AGES_MS)) return
    told = news
    toldAt = now
    send({ kind: 'view', changes: { feed } })
  }

  const loop = async (): Promise<void> => {
    const behind = await outlet.catchUp()
    if (behind > 0) log.info({ bars: behind }, 'bars that the feed before had put on the tape only are in the rings')
    if (source.file === null) return simulate()
    const result = await runReplay({ ...loopPorts, file: source.file, speed: speedOf(config), rowsDone: rowsDone() })
    if (result.kind === 'stopped') return
    ended = result.kind === 'ended' ? 'ended' : `failed: ${result.reason}`
    const end = tape.end()
    const counts = {
      rows: result.kind === 'ended' ? result.rows : rowsDone(),
      bars: end.bars - base.bars,
      rejects: end.rejects - base.rejects,
      rejectsByRule: view().rejectsByRule,
      sequence: end.sequence,
    }
    if (result.kind === 'ended') log.info(counts, 'the replay has ended; the engine stays up and holds what it has')
    else log.error({ ...counts, reason: result.reason }, 'the file cannot be read any further; no more bars will come')
  }

  const rowsDone = (): number => {
    const end = tape.end()
    return end.bars + end.rejects - base.bars - base.rejects
  }
  const loopPorts = { instruments: source.instruments, firewall, desk, outlet, tape, bell, progress, clock, log, stopping: isStopping }
  const simulate = (): Promise<void> => runSimulated({ ...loopPorts, ...simulatedOf(config), timeframeMs: source.timeframeMs })

  /** Nothing is left to do but to stay up, so that prices and positions stay in sight. */
  const idle = async (): Promise<void> => {
    progress.setWaiting(true)
    while (!stopping) await bell.sleep(isStopping)
    progress.setWaiting(false)
  }

  send({ kind: 'ready', evidence: clip(source.evidence, 300) })
  tell()
  const stopTelling = ports.every(VIEW_MS, tell)
  const done = loop().then(() => {
    if (!stopping) tell()
    return idle()
  })
  done.catch((error: unknown) => {
    stopTelling()
    ports.crash(error)
  })

  return {
    onMessage: (message) => {
      if (message.kind !== 'sibling' || message.name === 'feed') return
      outlet.setGone(message.name === 'brain' ? brainBars : orchestratorBars, message.state === 'failed')
    },
    drain: async () => {
      stopping = true
      bell.wake()
      await done
      stopTelling()
      source.file?.blocks.close()
      tell()
      tape.close()
      reader.close()
    },
  }
}

const speedOf = ({ feed }: Pick<Config, 'feed'>): number | 'max' => (feed.kind === 'replay' ? feed.speed : 'max')
const simulatedOf = ({ feed }: Pick<Config, 'feed'>): { readonly seed: number } => ({ seed: feed.kind === 'simulated' ? feed.seed : 0 })

const warnOf = (file: ReplayFile | null, log: Pick<Logger, 'warn'>): void => {
  if (file === null) return
  if (file.times.ambiguous) log.warn({ times: file.times.says }, 'the form of the times is not certain')
  if (file.distanceMs !== null && file.distanceMs !== file.timeframeMs) {
    log.warn(
      { timeframeMs: file.timeframeMs, distanceMs: file.distanceMs },
      `most rows are not one candle apart; the timeframe comes from ${file.timeframeFrom}`,
    )
  }
}
