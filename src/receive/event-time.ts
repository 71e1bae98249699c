/** The times of an event (contract 1.6), all ISO 8601 in UTC. */
const DAY_MS = 86_400_000
/** The last moment with a four-digit year. */
const TIME_MS_MAX = 253_402_300_799_999

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/
const CANONICAL_LENGTH = '2026-10-01T00:00:00.000Z'.length

/**
 * Milliseconds since 1970 of an ISO 8601 date or date and time; a missing zone means UTC, never the zone of this machine.
 * NaN for everything else: other formats, days that do not exist, values that are not strings.
 */
export function parseTime(value: unknown): number {
  if (typeof value !== 'string') return NaN
  // What every SDK sends. Days past the 28th may not exist, which Date.parse does not notice.
  if (isCanonical(value) && value.slice(8, 10) <= '28') return Date.parse(value)
  const parts = ISO.exec(value)
  return parts ? timeOf(parts) : NaN
}

function isCanonical(text: string): boolean {
  return text.length === CANONICAL_LENGTH && text[4] === '-' && text[10] === 'T' && text[19] === '.' && text[23] === 'Z'
}

function timeOf(parts: RegExpExecArray): number {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((index) => Number(parts[index] ?? 0)) as [number, number, number, number, number, number]
  const dayMs = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T00:00:00.000Z`)
  if (Number.isNaN(dayMs) || hour > 23 || minute > 59 || second > 60) return NaN
  const date = new Date(dayMs)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return NaN
  const milliseconds = Math.floor(Number(`0.${parts[7] ?? 0}`) * 1_000)
  return dayMs + ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds - zoneMs(parts[8])
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

let cachedDay = NaN
let cachedDayText = ''

/** As `new Date(ms).toISOString()`, for years 0 to 9999. Keeps the day, since nearly all events of a moment share it: a third of the time. */
export function formatTime(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  if (day !== cachedDay) {
    cachedDayText = new Date(day * DAY_MS).toISOString().slice(0, 11)
    cachedDay = day
  }
  const rest = ms - day * DAY_MS
  const seconds = Math.floor(rest / 1_000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return `${cachedDayText}${TWO[hours]}:${TWO[minutes - hours * 60]}:${TWO[seconds - minutes * 60]}.${THREE[rest - seconds * 1_000]}Z`
}

const TWO = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, '0'))
const THREE = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(3, '0'))

/**
 * The event's `timestamp`: `receivedAt - (sentAt - originalTimestamp)`, which takes the client's wrong clock out.
 * Without a usable `sentAt` it is the original moment, without a usable original `receivedAt`. A time in the future is passed on.
 */
export function correctTime(originalMs: number, sentAtMs: number, receivedAtMs: number): number {
  if (Number.isNaN(originalMs)) return receivedAtMs
  if (Number.isNaN(sentAtMs)) return originalMs
  const corrected = receivedAtMs - (sentAtMs - originalMs)
  return corrected >= 0 && corrected <= TIME_MS_MAX ? corrected : originalMs
}
