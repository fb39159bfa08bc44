import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../src/atomic-file.ts'
import { clip } from '../../src/text.ts'

const TEXT_CHARACTERS_MAX = 2_000
const BLOCK_BYTES = 65_536
/** More violations than this since the last look are counted by the file itself; the trail takes over the newest. */
const ADOPTED_MAX = 1_000
const NEWLINE = 0x0a

/** What a loser writes when the holder did not answer; the next writer of the trail takes it over. */
export const UNREPORTED = 'SINGLETON_VIOLATION_UNREPORTED'
const UNREPORTED_LINE = new RegExp(`^\\[[^\\]]*\\] ${UNREPORTED}: `)

/** One line of the text trail, in one write, so that the lines of two processes never mix. */
export const appendProcessLog = (path: string, at: number, event: string, text: string): void => {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
  try {
    writeSync(descriptor, `[${new Date(at).toISOString()}] ${event}: ${clip(text, TEXT_CHARACTERS_MAX)}\n`)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The violations that nobody recorded since the last look, each at most once; `markPath` remembers how far it looked. A
 * file that is shorter than that is another one and is read from its start.
 */
export const adoptViolations = (path: string, markPath: string): readonly string[] => {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    const mark = readMark(markPath)
    const { lines, end } = violationsFrom(descriptor, mark <= fstatSync(descriptor).size ? mark : 0)
    if (end !== mark) writeFileAtomic(markPath, `${JSON.stringify({ offset: end })}\n`)
    return lines
  } finally {
    closeSync(descriptor)
  }
}

const Mark = z.strictObject({ offset: z.int().nonnegative() })

/** Without a mark that can be read everything is looked at again: twice in the trail is better than never. */
const readMark = (path: string): number => {
  try {
    return Mark.parse(JSON.parse(readFileSync(path, 'utf8'))).offset
  } catch {
    return 0
  }
}

/** Whole lines only; what follows the last newline is looked at the next time. */
const violationsFrom = (descriptor: number, from: number): { readonly lines: string[]; readonly end: number } => {
  const lines: string[] = []
  const block = Buffer.alloc(BLOCK_BYTES)
  let end = from
  let carry = Buffer.alloc(0)
  for (
    let read = readSync(descriptor, block, 0, BLOCK_BYTES, end);
    read > 0;
    read = readSync(descriptor, block, 0, BLOCK_BYTES, end + carry.length)
  ) {
    const bytes = Buffer.concat([carry, block.subarray(0, read)])
    const whole = bytes.lastIndexOf(NEWLINE) + 1
    lines.push(
      ...bytes
        .toString('utf8', 0, whole)
        .split('\n')
        .filter((line) => UNREPORTED_LINE.test(line)),
    )
    if (lines.length > ADOPTED_MAX) lines.splice(0, lines.length - ADOPTED_MAX)
    carry = Buffer.from(bytes.subarray(whole))
    end += whole
  }
  return { lines, end }
}
