import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** npm puts the Node 24 of the project before that of the system; the system's own is further down the path. Undefined where it is as new. */
export const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && Number(/^v(\d+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[1]) < 24)

/** A Node that cannot become another program stays beside the one that it starts. */
export const waitingNode =
  oldNode !== undefined && spawnSync(oldNode, ['-p', 'typeof process.execve'], { encoding: 'utf8' }).stdout.trim() === 'undefined'
    ? oldNode
    : undefined
