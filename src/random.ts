/** Seeded chance. The same seed gives the same sequence on every machine; nothing in the engine uses `Math.random`. */
export type Random = {
  /** Uniform in [0, 1) with 32 bits. */
  readonly next: () => number
  /** Standard normal, by the polar method of Marsaglia (1964). */
  readonly normal: () => number
}

/** mulberry32 by Tommy Ettinger (public domain): 32 bits of state, passes gjrand, ample for a simulated market. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  let spare: number | null = null

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const normal = (): number => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    for (;;) {
      const x = next() * 2 - 1
      const y = next() * 2 - 1
      const square = x * x + y * y
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square)
        spare = y * scale
        return x * scale
      }
    }
  }

  return { next, normal }
}

/** A well-mixed 32-bit number from a text: FNV-1a with a final avalanche. For derived seeds, not for security. */
export const hash32 = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
