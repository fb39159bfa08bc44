import { writeSync } from 'node:fs'

/** Writes all of it at this place. After a failure (a full disk) the same call again puts everything right. */
export const writeAt = (descriptor: number, bytes: Uint8Array, position: number): void => {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
}
