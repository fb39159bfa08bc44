const formats = new Map<string, Intl.DateTimeFormat>()

/** The calendar day of an instant in a zone, `YYYY-MM-DD`; exchange days are never taken from the host's own zone. */
export const dayIn = (zone: string, at: number): string => {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(zone, format)
  }
  return format.format(at)
}

/** The UTC day, `YYYY-MM-DD`. */
export const dayUtc = (at: number): string => new Date(at).toISOString().slice(0, 10)
