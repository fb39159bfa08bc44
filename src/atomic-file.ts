import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a rename or a new name in a folder outlive a power cut. */
export const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Readers see the old content or the new, never a part; after it returns the new one outlives a power cut. */
export const writeFileAtomic = (path: string, content: string): void => {
  renameSync(draftOf(path, content, fsyncSync), path)
  syncFolder(dirname(path))
}

/** As `writeFileAtomic` without the flush: for what is rebuilt after a power cut anyway. */
export const replaceFile = (path: string, content: string): void => renameSync(draftOf(path, content), path)

const draftOf = (path: string, content: string, flush?: (descriptor: number) => void): string => {
  const draft = `${path}.${process.pid}.tmp`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    // One write may take a part only, where the disk is nearly full; this one goes on until it has all or fails.
    writeFileSync(descriptor, content)
    flush?.(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return draft
}
