import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/base/errors.ts'
import { limits } from '../../../src/base/limits.ts'
import { refusalFor } from '../../../src/receive/answer.ts'

describe('refusalFor', () => {
  it.each([
    ['invalid_json', 400], ['invalid_request', 400], ['payload_too_large', 400], ['encoding_unsupported', 400], ['not_found', 404], ['method_not_allowed', 405],
  ] as const)('answers %s with %i and no promise of later luck', (code, status) => {
    expect(refusalFor(new SluiceError(code))).toEqual({ status, code, message: new SluiceError(code).message })
  })

  it.each(['queue_full', 'queue_unavailable', 'shutting_down'] as const)('answers %s with 503 and when to come back, in whole seconds', (code) => {
    expect(refusalFor(new SluiceError(code))).toMatchObject({ status: 503, code, retryAfterSeconds: limits.retryAfterSeconds })
  })

  it('tells nothing of an unexpected error', () => {
    expect(refusalFor(new Error('password=x'))).toMatchObject({ status: 500, code: 'internal', message: expect.not.stringContaining('password') })
    expect(refusalFor('thrown text')).toMatchObject({ status: 500, code: 'internal' })
  })

  it('passes the framework\'s own 4xx on as a bad request', () => {
    expect(refusalFor(Object.assign(new Error('aborted'), { statusCode: 499 }))).toEqual({ status: 400, code: 'invalid_request', message: 'aborted' })
    expect(refusalFor(undefined)).toMatchObject({ status: 500, code: 'internal' })
  })
})
