import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { functionSourceRules, intakeOf, SOURCE_RULES } from '../../../src/control/source-settings.ts'
import { findSourceKind, SOURCE_KINDS } from '../../../src/control/source-catalog.ts'
import type { JsonObject } from '../../../src/model/event.ts'
import { DEFAULT_INTAKE } from '../../../src/model/snapshot.ts'

const check = (values: JsonObject): void => SOURCE_RULES.check(values, values)

describe('the settings of a source', () => {
  it('may be left out: a server\'s events are taken as they are, a device\'s get an address and a look for bots', () => {
    expect(intakeOf(findSourceKind('http'), {})).toEqual(DEFAULT_INTAKE)
    expect(intakeOf(findSourceKind('javascript'), {})).toEqual({ ...DEFAULT_INTAKE, fillsIp: true, bots: 'flag' })
    for (const kind of SOURCE_KINDS) expect(intakeOf(kind, {}).fillsIp).toBe(kind.isClient === true)
  })

  it('are what somebody sets', () => {
    expect(intakeOf(findSourceKind('javascript'), { strict: true, eventBytesMax: 65_536, fillIp: false, bots: 'drop' }))
      .toEqual({ ...DEFAULT_INTAKE, strict: true, eventBytesMax: 65_536, fillsIp: false, bots: 'drop' })
  })

  it.each([
    [{ strict: 'yes' }, 'settings.strict'],
    [{ eventBytesMax: limits.eventBytesMaxSettable + 1 }, 'settings.eventBytesMax'],
    [{ eventBytesMax: 10 }, 'settings.eventBytesMax'],
    [{ bots: 'maybe' }, 'settings.bots'],
    [{ stric: true }, 'did you mean "strict"'],
  ])('%j is refused by name', (values, named) => {
    expect(() => check(values)).toThrow(named)
  })
})

describe('the settings of a function source', () => {
  const rules = functionSourceRules([{ name: 'secret', label: '', description: '', type: 'STRING', required: true, sensitive: true }])

  it('are its function\'s, and whether it answers synchronously', () => {
    expect(() => rules.check({ secret: 'x', answerSynchronously: true }, { secret: 'x', answerSynchronously: true })).not.toThrow()
    expect(() => rules.check({ secret: 'x', answerSynchronously: 1 }, { answerSynchronously: 1 })).toThrow('settings.answerSynchronously')
    expect(rules.sensitive).toEqual(['secret'])
    expect([intakeOf(undefined, { answerSynchronously: true }), intakeOf(undefined, {})].map((intake) => intake.answersSynchronously)).toEqual([true, false])
  })
})
