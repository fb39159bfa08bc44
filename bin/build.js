#!/usr/bin/env node
// Builds dist under Node 24: everything compiled, the console once more in few files, and its man pages.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureNode24 } from './node24.js'

await ensureNode24(import.meta.url)

const root = fileURLToPath(new URL('..', import.meta.url))
const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 70)

// React's development build is slower, larger and keeps a record of every frame, so what runs is bundled for production.
const { rolldown } = await import('rolldown')
const bundle = await rolldown({
  cwd: root,
  input: { main: 'dist/tui/main.js' },
  platform: 'node',
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  // The charts' widgets are of another age: they look for parts of their own beside their files.
  external: ['react-devtools-core', /^node:/, /^blessed(-contrib)?(\/|$)/],
  logLevel: 'warn',
})
rmSync(`${root}/dist/bundle`, { recursive: true, force: true })
await bundle.write({ dir: 'dist/bundle', format: 'esm', minify: true, chunkFileNames: '[name]-[hash].js' })
await bundle.close()

const { manPages } = await import(new URL('../dist/tui/commands/man.js', import.meta.url).href)
mkdirSync(`${root}/dist/man`, { recursive: true })
for (const [name, text] of Object.entries(manPages())) writeFileSync(`${root}/dist/man/${name}`, text)
