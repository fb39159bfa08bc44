import { readdirSync } from 'node:fs'

/** Names of the files that a record of one file a day has in a folder, `2026-01-31.jsonl`, oldest first. @throws where it cannot be read. */
export const dayFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
    .sort()
