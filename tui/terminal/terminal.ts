import { spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Environment } from '../../src/home.ts'
import { clip, inert } from '../../src/text.ts'
import { createGatedStdout, type GatedStdout } from './gated-stdout.ts'
import type { KeyEvent } from './key-event.ts'
import { ringText } from './ring.ts'
import { inputFirst, type Schedule } from './schedule.ts'
import { CLEAR, createSession, PLAIN, writeNowTo } from './session.ts'
import { createStdinFilter, escapeHoldMs } from './stdin-filter.ts'

/** Sizes come in bursts while a window is dragged. */
const RESIZE_MS = 50
/** A terminal that still reads gets so long to take what waits before it is given back. */
const DRAIN_MS = 150
/** A stop that the system did not carry out, because no shell could continue us, is over after so long. */
const STOP_MS = 300
const KEEP_ALIVE_MS = 1_000

export type TerminalOptions = {
  readonly env: Environment
  readonly monotonic: () => number
  readonly schedule: Schedule
  readonly onEvent: (event: KeyEvent) => void
  /** Everything on the screen has to be drawn anew, for a terminal of this size. */
  readonly onSize: (size: { readonly columns: number; readonly rows: number }) => void
  readonly onRepaint: () => void
  /** The terminal hung up. */
  readonly onGone: () => void
  /** It is looked at, or not, as far as it says. */
  readonly onFocus: (on: boolean) => void
  readonly alternate: boolean
}

export type Terminal = {
  readonly stdout: GatedStdout
  readonly enter: () => void
  readonly suspend: () => void
  /** Gives the terminal back at once. For the worst case: nothing is waited for. */
  readonly restore: () => void
  /** Gives the terminal back after what waits was read, or not. True where something still waits. */
  readonly close: () => Promise<boolean>
  /** One line below whatever the shell had on its screen. */
  readonly say: (line: string) => void
  /** Puts text into the clipboard of whoever looks at this terminal (OSC 52). */
  readonly copy: (text: string) => { readonly text: string; readonly tone: 'text' | 'warning' }
  /** Shows text on the shell's own screen, where it can be marked by hand; the next key comes back. */
  readonly showPlain: (text: string) => void
  /** Lets somebody else draw on the whole screen; the next key takes it back. Modes, keyboard and the way out stay ours. */
  readonly lend: (borrow: (loan: Loan) => Borrower) => void
  /** What stands in the tab or in the status line of a multiplexer. */
  readonly title: (text: string) => void
  /** Whether clicks and the wheel are told. */
  readonly mouse: (on: boolean) => void
  /** Calls whoever looks elsewhere. */
  readonly ring: (how: 'bell' | 'osc9' | 'osc777' | 'auto', text: string) => void
}

/** The screen in the hands of somebody else. */
export type Loan = {
  readonly size: { readonly columns: number; readonly rows: number }
  readonly write: (text: string) => void
  /** True while the terminal has not taken what was written before: then nothing is to be drawn. */
  readonly busy: () => boolean
  /** Gives it back before anybody pressed a key. */
  readonly giveBack: () => void
}
export type Borrower = { readonly resize: (size: Loan['size']) => void; readonly end: () => void }

/** Longest text that terminals take into their clipboard at once, in bytes before it is encoded. */
const CLIPBOARD_BYTES_MAX = 74_994
const ESC = '\u001b'
const TITLE_LENGTH_MAX = 120

/** The real terminal: our keys from standard input, our frames to standard output, and both as they were afterwards. */
export const openTerminal = (options: TerminalOptions): Terminal => {
  const { env, schedule, monotonic } = options
  const { stdin, stdout } = process
  const writeNow = writeNowTo(stdout.fd)
  const session = createSession({ keyboard: stdin, writeNow, underScreen: Boolean(env.STY), alternate: options.alternate })
  const gate = createGatedStdout(stdout, options.onRepaint)
  const filter = createStdinFilter({
    escMs: escapeHoldMs(env),
    monotonic,
    schedule: inputFirst(schedule),
    onEvent: (event) => {
      if (!takeBack() && !backFromPlain()) options.onEvent(event)
    },
    onFocus: options.onFocus,
  })
  let open = false
  let suspended: (() => void) | null = null
  let cancelResize: (() => void) | null = null
  // Whoever handles errors of this stream for the commands does not know of hang-ups.
  const strangers = stdout.listeners('error')

  const onData = (chunk: string): void => filter.push(chunk)
  const onGone = (): void => options.onGone()
  const onResize = (): void => {
    cancelResize ??= schedule(RESIZE_MS, () => {
      cancelResize = null
      resize()
    })
  }
  const resize = (): void => {
    askSize(stdout)
    gate.measure()
    options.onSize({ columns: gate.columns, rows: gate.rows })
    borrower?.resize({ columns: gate.columns, rows: gate.rows })
    // React draws in a microtask; then the screen is right for the new size.
    setImmediate(() => {
      if (open && suspended === null && borrower === null) options.onRepaint()
    })
  }

  let plain = false
  let borrower: Borrower | null = null

  const copy = (text: string): { readonly text: string; readonly tone: 'text' | 'warning' } => {
    const bytes = Buffer.from(text)
    if (bytes.length === 0) return { text: 'nothing is chosen', tone: 'warning' }
    if (bytes.length > CLIPBOARD_BYTES_MAX)
      return { text: `${bytes.length} bytes; terminals take ${CLIPBOARD_BYTES_MAX}: export it instead (e)`, tone: 'warning' }
    const sequence = `${ESC}]52;c;${bytes.toString('base64')}\u0007`
    // tmux hands it on to the outer terminal only when it is wrapped.
    gate.write(env.TMUX === undefined ? sequence : `${ESC}Ptmux;${ESC}${sequence}${ESC}\\`)
    return { text: `${bytes.length} bytes offered to the clipboard`, tone: 'text' }
  }

  /** Titles and bells belong to no frame: they are also for whoever looks at a lent screen. */
  const send = (text: string): void => void (borrower === null ? gate : stdout).write(text)

  let titled = ''
  const title = (text: string): void => {
    const shown = clip(inert(text), TITLE_LENGTH_MAX)
    if (shown === titled) return
    titled = shown
    send(env.STY === undefined ? `${ESC}]2;${shown}\u0007` : `${ESC}k${shown}${ESC}\\`)
  }

  const ring = (how: 'bell' | 'osc9' | 'osc777' | 'auto', text: string): void => {
    send(ringText(env, how, clip(inert(text), TITLE_LENGTH_MAX)))
  }

  const showPlain = (text: string): void => {
    if (plain || suspended !== null) return
    plain = true
    gate.shut()
    session.leave()
    stdin.setRawMode(true)
    writeNow(`${text.split('\n').map(inert).join('\r\n')}\r\n-- any key goes back to the console --\r\n`)
  }

  /** The key that was only meant to come back does nothing else. */
  const backFromPlain = (): boolean => {
    if (!plain) return false
    plain = false
    session.enter()
    gate.open()
    resize()
    return true
  }

  const lend = (borrow: (loan: Loan) => Borrower): void => {
    if (!open || plain || suspended !== null || borrower !== null) return
    gate.shut()
    stdout.write(CLEAR)
    try {
      borrower = borrow({
        size: { columns: gate.columns, rows: gate.rows },
        write: (text) => void stdout.write(text),
        busy: () => stdout.writableLength > 0,
        giveBack: () => void takeBack(),
      })
    } catch (error) {
      drawAgain()
      throw error
    }
  }

  /** As with plain text, the key that comes back does nothing else. */
  const takeBack = (): boolean => {
    if (borrower === null) return false
    endLoan()
    drawAgain()
    return true
  }

  const endLoan = (): void => {
    const ended = borrower
    borrower = null
    ended?.end()
  }

  const drawAgain = (): void => {
    stdout.write(PLAIN)
    gate.open()
    resize()
  }

  const suspend = (): void => {
    if (suspended !== null || process.platform === 'win32') return
    endLoan()
    gate.shut()
    session.leave()
    stdin.pause()
    // Without it the loop is empty while we are stopped, and the process would end when it is continued.
    const alive = setInterval(() => undefined, KEEP_ALIVE_MS)
    const cancel = schedule(STOP_MS, resume)
    suspended = () => {
      clearInterval(alive)
      cancel()
    }
    process.off('SIGTSTP', suspend)
    process.kill(0, 'SIGTSTP') // the whole job: the shell waits for all of it
  }

  const resume = (): void => {
    endLoan() // stopped by somebody else while it was lent
    if (suspended === null) {
      // Stopped by somebody else: the shell may have changed the terminal meanwhile.
      session.leave()
    } else {
      suspended()
      suspended = null
      process.on('SIGTSTP', suspend)
    }
    if (!open) return
    plain = false // it was on the shell's own screen, and what comes now is ours
    stdin.resume()
    session.enter()
    gate.open()
    resize()
  }

  const detach = (): void => {
    open = false
    gate.shut()
    filter.reset()
    suspended?.()
    cancelResize?.()
    stdin.off('data', onData)
    stdin.off('end', onGone)
    stdin.off('error', onGone)
    stdin.pause()
    stdout.off('resize', onResize)
    process.off('SIGTSTP', suspend)
    process.off('SIGCONT', resume)
    endLoan()
  }

  const restore = (): void => {
    try {
      if (open) detach()
    } finally {
      session.leave()
    }
  }

  return {
    stdout: gate,
    suspend,
    copy,
    showPlain,
    lend,
    title,
    mouse: session.mouse,
    ring,
    restore,
    enter: () => {
      open = true
      mendModes()
      unblock(stdout)
      stdout.removeAllListeners('error')
      stdout.on('error', onGone)
      stdin.setEncoding('utf8')
      stdin.on('data', onData)
      stdin.on('end', onGone)
      stdin.on('error', onGone)
      stdin.resume() // a console before this one, of another instance, has paused it
      stdout.on('resize', onResize)
      process.on('SIGTSTP', suspend)
      process.on('SIGCONT', resume)
      session.enter()
    },
    close: async () => {
      if (open) detach()
      if (stdout.writableLength > 0) await drained(stdout, schedule)
      session.leave()
      const waits = stdout.writableLength > 0
      for (const stranger of strangers) stdout.on('error', stranger as (error: Error) => void)
      // Where nobody else listens ours stays: an error that nobody hears would end the process.
      if (strangers.length > 0) stdout.off('error', onGone)
      return waits
    },
    say: (line) => {
      try {
        writeNow(`${line}\n`)
      } catch {
        // The terminal hung up; there is nobody to read it.
      }
    },
  }
}

/**
 * A console that was killed leaves a terminal that takes no lines and shows no letters. Node would take that for how it has to be left,
 * so it is mended before it is changed. A terminal that was in order is not touched.
 */
const mendModes = (): void => {
  if (process.platform === 'win32') return
  const found = spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' })
  if (found.status !== 0 || !/\s-icanon\b/.test(found.stdout)) return
  spawnSync('stty', ['sane'], { stdio: ['inherit', 'ignore', 'ignore'] })
  // At the very end it would put back what it found when it began, wherever its descriptors are still the same.
  process.once('exit', () => {
    for (const descriptor of [0, 1, 2]) closeSync(descriptor)
  })
}

/** While we were stopped, changes of the size were told to the shell. Node asks the system again only when it is told, and has no public way. */
const askSize = (stdout: NodeJS.WriteStream): void => {
  const { _refreshSize: refresh } = stdout as unknown as { readonly _refreshSize?: () => void }
  refresh?.call(stdout)
}

const drained = (stdout: NodeJS.WriteStream, schedule: Schedule): Promise<void> =>
  new Promise((resolve) => {
    const cancel = schedule(DRAIN_MS, resolve)
    stdout.once('drain', () => {
      cancel()
      resolve()
    })
  })

/**
 * Node writes to a terminal synchronously, so that one that stopped reading (Ctrl-S, a dead SSH link) would stop the whole process:
 * socket, clock and keys. There is no public way to ask for the other.
 */
const unblock = (stdout: NodeJS.WriteStream): void => {
  const { _handle: handle } = stdout as unknown as { readonly _handle?: { readonly setBlocking?: (blocking: boolean) => void } }
  handle?.setBlocking?.(false)
}
