import { describe, expect, it } from 'vitest'
import { correctTime, formatTime, parseTime } from '../../../src/receive/event-time.ts'

const NOON = Date.UTC(2026, 9, 1, 12)

describe('parseTime', () => {
  it.each([
    ['2026-10-01T12:00:00.000Z', 0],
    ['2026-10-01T12:00:00Z', 0],
    ['2026-10-01T12:00Z', 0],
    ['2026-10-01 12:00:00z', 0],
    ['2026-10-01T12:00:00.123456789Z', 123],
    ['2026-10-01T12:00:00,5Z', 500],
    ['2026-10-01T14:00:00.007+02:00', 7],
    ['2026-10-01T06:30:00-0530', 0],
    ['2026-10-01T13:00:00+01', 0],
    ['2026-10-01T12:00:00.250', 250],
    ['2026-10-01T12:00:00', 0],
    ['2026-10-01', -12 * 3_600_000],
  ])('reads %s, in UTC when it names no zone', (text, afterNoonMs) => {
    expect(parseTime(text)).toBe(NOON + afterNoonMs)
  })

  it.each([
    '', 'now', 'Thu, 01 Oct 2026 12:00:00 GMT', '10/01/2026', '2026-13-01T00:00:00.000Z', '2026-02-29T00:00:00.000Z', '2026-02-30', '2026-04-31T00:00:00Z',
    '2026-10-01T24:00:00Z', '2026-10-01T12:60:00Z', '2026-10-01T12:00:00+02:00junk', '1790812800000', '2026-00-10T00:00:00.000Z', '2026-10-00T00:00:00.000Z', `2026-10-01T12:00:00.${'1'.repeat(100)}Z`,
    1_790_812_800_000, null, undefined, {}, [], true,
  ])('takes %j for no time at all', (value) => {
    expect(parseTime(value)).toBeNaN()
  })

  it('reads the 29th of February of a leap year', () => {
    expect(parseTime('2028-02-29T00:00:00.000Z')).toBe(Date.UTC(2028, 1, 29))
  })
})

describe('formatTime', () => {
  it('prints as toISOString does', () => {
    const moments = [0, 1, 999, 1_000, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000, NOON, NOON + 1, NOON - 86_400_000, 253_402_300_799_999]
    for (let step = 0; step < 2_000; step++) moments.push((step * 7_919_333_777) % 4_000_000_000_000)
    for (const ms of moments) expect(formatTime(ms)).toBe(new Date(ms).toISOString())
  })
})

describe('correctTime', () => {
  it.each([
    ['takes the client\'s clock error out', 1_000, 5_000, 105_000, 101_000],
    ['keeps how long the event waited', 1_000, 61_000, 1_000_000, 940_000],
    ['passes a time in the future on', 9_000, 5_000, 100_000, 104_000],
    ['uses the original when there is no sentAt', 1_000, NaN, 105_000, 1_000],
    ['uses the arrival when there is no original', NaN, 5_000, 105_000, 105_000],
    ['uses the arrival when there is neither', NaN, NaN, 105_000, 105_000],
    ['uses the original when the sum has no four-digit year', 253_402_300_799_000, 0, 105_000, 253_402_300_799_000],
  ])('%s', (_promise, original, sentAt, receivedAt, corrected) => {
    expect(correctTime(original, sentAt, receivedAt)).toBe(corrected)
  })
})
