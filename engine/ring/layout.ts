/**
 * Where everything lies in the shared memory, in bytes. What one process writes and another reads has a 64-byte line of its
 * own, so that two cores never fight for a line that each uses for itself.
 */
export const MAGIC = 0x41454749 // "AEGI"
export const LAYOUT_VERSION = 1

export const LINE = 64
export const HEADER_BYTES = 4_096

/** 32-bit words at the very beginning. */
export const Header = { magic: 0, version: 1, bytes: 2, slotBytes: 3, barCapacity: 4, recordBytes: 5, generation: 6 } as const

/** One line a process: words work, beat, waiting. */
export const PROGRESS_AT = 512
export const Progress = { work: 0, beat: 1, waiting: 2 } as const

/** One line a process: 1 while it sleeps. Only its owner raises it, whoever wakes takes it down. */
export const SLEEPING_AT = 1_024

/** A ring's control block: the writer's line, then the reader's. */
export const RING_CONTROL_BYTES = 2 * LINE
/**
 * In the writer's line: cursor (i32), overruns (i32), and twice the sequence of the newest published bar (f64) with the cursor
 * (i32) that it goes with. Each publishing writes the pair that does not belong to the current cursor, so a writer that is killed
 * between the pair and the cursor has announced nothing that nobody can see.
 */
export const Writer = { cursor: 0, overruns: 4, published: 8, publishedAt: 24 } as const
/** In the reader's line: cursor (i32), sequence of the last committed bar (f64). */
export const Reader = { cursor: LINE, committed: LINE + 8 } as const

export const CONTROL_AT = { brainBars: 2_048, orchestratorBars: 2_048 + RING_CONTROL_BYTES, signals: 2_048 + 2 * RING_CONTROL_BYTES } as const

/** A bar, in a ring as on the tape. */
export const SLOT_BYTES = 96
/** Both are powers of two, so that a cursor becomes a place by masking and wraps without a seam. */
export const BAR_CAPACITY = 8_192
export const RECORD_BYTES = 524_288

export const BRAIN_SLOTS_AT = HEADER_BYTES
export const ORCHESTRATOR_SLOTS_AT = BRAIN_SLOTS_AT + BAR_CAPACITY * SLOT_BYTES
export const RECORDS_AT = ORCHESTRATOR_SLOTS_AT + BAR_CAPACITY * SLOT_BYTES
export const SHARED_BYTES = RECORDS_AT + RECORD_BYTES
