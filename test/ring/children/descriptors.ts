/** Where `forkWith` puts the descriptors in a child. */
export const INHERITED = { memory: 4, feed: 5, brain: 6, orchestrator: 7 } as const
