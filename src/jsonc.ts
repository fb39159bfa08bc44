import { findNodeAtLocation, getNodeValue, type ParseError, parseTree, printParseErrorCode, type Node as Syntax } from 'jsonc-parser'

export type Path = readonly (string | number)[]
/** Line and column count from 1, as editors show them. */
export type Position = { readonly line: number; readonly column: number }
export type Complaint = Position & { readonly field: string; readonly message: string }

/** One member of the document, for checks that look at every one. */
export type Member = Position & { readonly path: Path; readonly key: string | null; readonly value: unknown }

/** JSON with comments, with its value and where each part of it stands. */
export type Document = {
  readonly value: unknown
  readonly complaints: readonly Complaint[]
  readonly members: readonly Member[]
  /** Where the value at a path stands, or its nearest ancestor that is written down; null where not even the root is. */
  readonly position: (path: Path) => Position | null
  /** Where the name of a member stands. */
  readonly keyPosition: (path: Path, key: string) => Position | null
  readonly has: (path: Path) => boolean
}

/** `risk.positionsMax`, `strategies[0].id`; the whole document is `(file)`. */
export const fieldName = (path: Path): string => {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return text === '' ? '(file)' : text.replace(/^\./, '')
}

const SYNTAX: Record<string, string> = {
  InvalidSymbol: 'expected a value: a text in double quotes, a number, true, false, null, { or [',
  InvalidNumberFormat: 'expected a number',
  PropertyNameExpected: 'expected a name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected ":" after the name',
  CommaExpected: 'expected "," before the next member',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: 'expected nothing more after the closing brace',
  InvalidCommentToken: 'a comment begins with // or /*',
  UnexpectedEndOfComment: 'expected */ at the end of the comment',
  UnexpectedEndOfString: 'expected " at the end of the text',
  UnexpectedEndOfNumber: 'expected a digit',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'expected one of " \\ / b f n r t u after the backslash',
  InvalidCharacter: 'a control character inside a text has to be escaped',
}

/** Parses without throwing: what is wrong is in `complaints`, each with its place. Comments and a trailing comma are fine. */
export const parseDocument = (text: string): Document => {
  const errors: ParseError[] = []
  const root = parseTree(text.replace(/^\ufeff/, ' '), errors, { allowTrailingComma: true, disallowComments: false })
  const starts = lineStarts(text)
  const at = (offset: number): Position => {
    let line = 0
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= offset) line += 1
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }

  const members: Member[] = []
  const complaints: Complaint[] = errors.map((error) => {
    const code = printParseErrorCode(error.error)
    return { ...at(error.offset), field: '(file)', message: SYNTAX[code] ?? code }
  })
  if (root !== undefined) walk(root, [], null, { at, members, complaints })

  const find = (path: Path): Syntax | undefined => (root === undefined ? undefined : findNodeAtLocation(root, [...path]))
  return {
    value: root === undefined ? undefined : getNodeValue(root),
    complaints,
    members,
    has: (path) => find(path) !== undefined,
    position: (path) => {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = find(path.slice(0, length))
        if (node !== undefined) return at(node.offset)
      }
      return null
    },
    keyPosition: (path, key) => {
      const property = find(path)?.children?.find((child) => child.type === 'property' && child.children?.[0]?.value === key)
      return property === undefined ? null : at(property.offset)
    },
  }
}

type Walk = { readonly at: (offset: number) => Position; readonly members: Member[]; readonly complaints: Complaint[] }

const walk = (node: Syntax, path: Path, key: string | null, context: Walk): void => {
  const { at, members, complaints } = context
  members.push({ ...at(node.offset), path, key, value: node.type === 'object' || node.type === 'array' ? undefined : node.value })
  if (node.type === 'array') {
    node.children?.forEach((child, index) => {
      walk(child, [...path, index], null, context)
    })
    return
  }
  const seen = new Map<string, Position>()
  for (const property of node.type === 'object' ? (node.children ?? []) : []) {
    const [name, value] = property.children ?? []
    if (name === undefined) continue
    const first = seen.get(name.value)
    if (first !== undefined) {
      complaints.push({ ...at(name.offset), field: fieldName([...path, name.value]), message: `is given twice, first in line ${first.line}` })
    }
    seen.set(name.value, at(name.offset))
    if (value !== undefined) walk(value, [...path, name.value], name.value, context)
  }
}

const lineStarts = (text: string): readonly number[] => {
  const starts = [0]
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1)
  return starts
}
