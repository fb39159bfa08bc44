import type { Actor } from '../../src/contracts/audit.ts'

/** What the engine does by itself, without a person asking. */
export const systemActor: Actor = { kind: 'engine', uid: process.getuid?.() ?? null, name: 'engine', tty: null, ssh: null }
