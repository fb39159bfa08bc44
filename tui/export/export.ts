import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { extname, resolve } from 'node:path'
import { clip, inert } from '../../src/text.ts'
import { tableLines } from '../charts/present.ts'
import { charts } from '../charts/series.ts'
import { DETAILS } from '../details/index.ts'
import { LISTS } from '../lists/index.ts'
import { shownColumns, shownRows } from '../lists/list.ts'
import { plainText } from '../present/line.ts'
import type { Said } from '../store/operate.ts'
import type { ConsoleState } from '../store/state.ts'
import { isDetailPane, isListPane } from '../store/views.ts'

const FORMS = ['.jsonl', '.csv', '.txt', '.md'] as const
export type Form = (typeof FORMS)[number]

/** What a pane holds as text in the wanted form: as it is filtered and ordered now, all rows and not only those on the screen. */
export const exportText = (state: ConsoleState, form: Form): string => {
  const { pane } = state
  if (isListPane(pane)) {
    const list = LISTS[pane]
    const rows = shownRows(list, state)
    if (form === '.jsonl') return rows.map((row) => `${JSON.stringify(list.record(row))}\n`).join('')
    const columns = shownColumns(list, state)
    const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map((column) => inert(column.text(row))))]
    if (form === '.md') return markdownTable(cells)
    return cells.map((row) => `${form === '.csv' ? row.map(quoted).join(',') : row.join('\t')}\n`).join('')
  }
  if (isDetailPane(pane)) return asLines(DETAILS[pane](state, Number.MAX_SAFE_INTEGER).lines.map(plainText), form)
  if (pane === 'charts')
    return asLines(
      charts(state).flatMap((chart) => tableLines(chart, state).map(plainText)),
      form,
    )
  // A log line is a JSON line already.
  return form === '.jsonl'
    ? state.logs.lines.map(({ text }) => `${text}\n`).join('')
    : asLines(
        state.logs.lines.map(({ text }) => text),
        form,
      )
}

/** A bar or a line break in a cell would make two of it. */
const markdownTable = ([heads = [], ...rows]: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((text) => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`)
    .join('')

const asLines = (lines: readonly string[], form: Form): string =>
  form === '.md'
    ? `\`\`\`\n${lines.map((line) => `${inert(line)}\n`).join('')}\`\`\`\n`
    : lines.map((line) => `${form === '.jsonl' ? JSON.stringify(line) : form === '.csv' ? quoted(inert(line)) : inert(line)}\n`).join('')

/** A spreadsheet takes a cell that begins like this for a formula. */
const FORMULA = /^[=+\-@\t]/

const quoted = (text: string): string => {
  const safe = FORMULA.test(text) && Number.isNaN(Number(text.replaceAll(',', ''))) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Writes a new file and never over an old one. */
export const exportTo = (path: string, state: ConsoleState): Said => {
  const form = FORMS.find((each) => each === extname(path).toLowerCase())
  if (form === undefined) return { text: `${clip(path, 60)}: a name ends in ${FORMS.join(', ')}`, tone: 'warning' }
  if (state.pane === 'logs' && state.logs.searched !== null) return { text: 'the log is still being searched; export it after that', tone: 'warning' }
  const full = resolve(path.replace(/^~(?=\/)/, homedir()))
  try {
    const descriptor = openSync(full, 'wx', 0o600)
    try {
      const text = exportText(state, form)
      const bytes = Buffer.from(text)
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
      return { text: `${state.pane}: ${text.split('\n').length - 1} lines written to ${full}`, tone: 'text' }
    } catch (error) {
      rmSync(full, { force: true }) // half of it helps nobody and would be in the way
      return { text: `${full}: ${(error as Error).message}`, tone: 'warning' }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return { text: code === 'EEXIST' ? `${full} is there already; it is never written over` : (error as Error).message, tone: 'warning' }
  }
}
