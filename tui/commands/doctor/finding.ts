/** What one look found. A warning works but not well; a failure will stop an engine or a console. */
export type Finding = { readonly probe: string; readonly verdict: 'PASS' | 'WARN' | 'FAIL'; readonly says: string; readonly remedy: string | null }

export type Judge = {
  readonly pass: (says: string) => Finding
  readonly warn: (says: string, remedy?: string) => Finding
  readonly fail: (says: string, remedy?: string) => Finding
}

export const judge = (probe: string): Judge => ({
  pass: (says) => ({ probe, verdict: 'PASS', says, remedy: null }),
  warn: (says, remedy) => ({ probe, verdict: 'WARN', says, remedy: remedy ?? null }),
  fail: (says, remedy) => ({ probe, verdict: 'FAIL', says, remedy: remedy ?? null }),
})
