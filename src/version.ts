import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assert } from './assert.ts'

/** One level up from the sources, two from what was built of them. */
const FOLDERS_UP_MAX = 3

type Package = { readonly name: string; readonly version: string }

const readPackage = (folder: string): Package | null => {
  try {
    const read = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package
    return read.name === 'aegis-console' ? read : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const findProject = (): { readonly root: string; readonly version: string } => {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let up = 0; up < FOLDERS_UP_MAX; up += 1) {
    const found = readPackage(folder)
    if (found !== null) return { root: folder, version: found.version }
    folder = dirname(folder)
  }
  assert(false, 'the package.json of aegis-console is above its own code')
}

const project = findProject()

/** Version of this build, from package.json, read once. */
export const VERSION = project.version
/** Folder of the project: `bin` and `package.json` are in it. */
export const PROJECT_ROOT = project.root
