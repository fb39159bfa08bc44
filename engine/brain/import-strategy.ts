import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OWN_STRATEGY = new URL(import.meta.url.endsWith('.ts') ? './strategy.ts' : './strategy.js', import.meta.url).href

/**
 * The default export of a user's `.ts` or `.js` file. Node strips the types, so there is no build step. The user's folder has no
 * `node_modules`: `aegis-console/strategy` and `zod` come from here. Files beside it are modules whatever their ending, and are
 * all read as TypeScript, because only that parser tells the line of a syntax error.
 * `require` (and not `import`), because it is done when it returns.
 */
export const importStrategy = (file: string): unknown => {
  const folder = `${pathToFileURL(dirname(file)).href}/`
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'aegis-console/strategy') return next(OWN_STRATEGY, context)
      if (specifier === 'zod' || specifier.startsWith('zod/')) return next(specifier, { ...context, parentURL: import.meta.url })
      return next(specifier, context)
    },
    load: (url, context, next) =>
      url.startsWith(folder) && /\.[jt]s$/.test(url)
        ? { format: 'module-typescript', source: readFileSync(fileURLToPath(url)), shortCircuit: true }
        : next(url, context),
  })
  try {
    const loaded: unknown = createRequire(import.meta.url)(file)
    return typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
  } finally {
    hooks.deregister()
  }
}
