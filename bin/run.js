#!/usr/bin/env node
// Runs a script of node_modules under Node 24, whatever Node npm itself runs on: node bin/run.js vitest/vitest.mjs run
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { become, bundledNode } from './node24.js'

const EXIT_USAGE = 64
const EXIT_CONFIGURATION = 78

const fail = (code, message) => {
  process.stderr.write(`run: ${message}\n`)
  process.exit(code)
}

/** A package's own files, exported or not: only its package.json has to be found. */
const scriptPath = (name) => {
  const [, pkg, file] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(name) ?? []
  if (pkg === undefined) return fail(EXIT_USAGE, `expected PACKAGE/FILE, got ${JSON.stringify(name ?? '')}`)
  for (const folder of createRequire(import.meta.url).resolve.paths(pkg) ?? []) {
    const found = join(folder, pkg, file)
    if (existsSync(found)) return found
  }
  return fail(EXIT_CONFIGURATION, `${name} is not installed: run npm ci`)
}

const [name, ...args] = process.argv.slice(2)
const script = scriptPath(name)
const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : bundledNode()
if (node === null) fail(EXIT_CONFIGURATION, `Node 24 is needed and none was installed for ${process.platform}-${process.arch}`)
await become(node, [script, ...args], process.env)
