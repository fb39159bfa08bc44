import { readFileSync } from 'node:fs'
import { findNodeAtLocation, parseTree } from 'jsonc-parser'

/** Where a setting stands, `config.json:12`; the nearest thing around it where it is not written out, the path alone without a file. */
export const settingPlace = (configFile: string, path: readonly (string | number)[]): string => {
  const text = textOf(configFile)
  const root = text === null ? undefined : parseTree(text)
  if (text === null || root === undefined) return `setting ${pathText(path)}`
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node !== undefined) return `${configFile}:${text.slice(0, node.offset).split('\n').length}`
  }
  return `setting ${pathText(path)}`
}

const pathText = (path: readonly (string | number)[]): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // settings may come from flags alone; then only their path can be named
  }
}
