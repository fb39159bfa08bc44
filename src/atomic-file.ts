import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
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
  const draft = `${path}.${process.pid}.tmp`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    writeSync(descriptor, content)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** As `writeFileAtomic` without the flush: for what is rebuilt after a power cut anyway. */
export const replaceFile = (path: string, content: string): void => {
  const draft = `${path}.${process.pid}.tmp`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    writeSync(descriptor, content)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, path)
}
