/** Takes 0 … ∞ to 0 … 1: half at 1, and less than 1 for ever. Nothing below 0 counts. */
export const squash = (value: number): number => (value <= 0 ? 0 : value === Number.POSITIVE_INFINITY ? 1 : value / (1 + value))
