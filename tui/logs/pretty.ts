import { prettyFactory } from 'pino-pretty'
import type { LogLine } from './line.ts'

/** Time, level and process have columns of their own, with our own colours. */
const pretty = prettyFactory({
  colorize: false,
  singleLine: true,
  ignore: 'pid,hostname,time,level,name,process',
  messageFormat: false,
  errorLikeObjectKeys: [],
})

const shown = new WeakMap<LogLine, string>()

/**
 * The message of a line with its other members, on one line. Formatting costs fifteen times what parsing does, so only visible
 * lines come here. The result is not inert yet: pino-pretty turns escapes of JSON back into what they stand for.
 */
export const prettyLine = (line: LogLine): string => {
  if (line.gap !== undefined) return `--- ${line.gap} ---`
  const known = shown.get(line)
  if (known !== undefined) return known
  const text = format(line.text)
  shown.set(line, text)
  return text
}

const format = (text: string): string => {
  try {
    return pretty(text).replace(/\n\s*/g, ' ').trim()
  } catch {
    return text // a line that pino-pretty cannot take is shown as it was written
  }
}
