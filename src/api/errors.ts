/** Every failure of the management API in one form: `{errors: [{type, message, field?, data?}]}`, the type being a code of the error table. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ERRORS, SluiceError, type ErrorCode } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/log.ts'
import { readOut } from './read-out.ts'

export interface ApiError {
  type: ErrorCode
  message: string
  /** Path of the offending field, such as `settings.url`. */
  field?: string
  /** More about it, such as {file, line, column} of code that does not compile. */
  data?: Record<string, unknown>
}

export function answerError(log: Log): (error: FastifyError | SluiceError, request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (error, request, reply) => {
    const errors = errorsOf(error)
    if (errors[0]!.type === 'payload_too_large') await readOut(request.raw, limits.overlongBodyBytesMax)
    const status = ERRORS[errors[0]!.type].status
    if (status >= 500) log.error('a management call failed', { method: request.method, url: request.routeOptions.url, error })
    if (status === 401) void reply.header('www-authenticate', 'Bearer')
    await reply.code(status).type('application/json').send(JSON.stringify({ errors }))
  }
}

function errorsOf(error: FastifyError | SluiceError): ApiError[] {
  if (error instanceof SluiceError) return fromSluice(error)
  if (hasZodFastifySchemaValidationErrors(error)) return error.validation.flatMap((issue) => fromIssue(issue, error.validationContext ?? 'body'))
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return [{ type: 'payload_too_large', message: `The body is larger than ${limits.apiBodyBytesMax} bytes.` }]
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': return [{ type: 'invalid_request', message: 'Send the body as application/json.', field: 'Content-Type' }]
    default: return fromUnknown(error)
  }
}

function fromSluice(error: SluiceError): ApiError[] {
  const { field, problems = [], ...data } = error.details as { field?: string, problems?: { field: string, message: string }[] }
  if (problems.length > 0) return problems.map((problem) => ({ type: error.code, message: `${problem.field}: ${problem.message}`, field: problem.field }))
  // What went wrong inside is for the log, not for whoever called.
  const message = error.code === 'internal' ? ERRORS.internal.message : error.message
  return [{ type: error.code, message, ...(field !== undefined && { field }), ...(error.code !== 'internal' && Object.keys(data).length > 0 && { data }) }]
}

function fromUnknown(error: FastifyError): ApiError[] {
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return [{ type: 'invalid_request', message: error.message }]
  return [{ type: 'internal', message: ERRORS.internal.message }]
}

/** One error a field; unknown keys are named one by one. */
function fromIssue(issue: { keyword: string, instancePath: string, message?: string, params?: unknown }, context: string): ApiError[] {
  const path = issue.instancePath.split('/').filter((part) => part !== '')
  if (issue.keyword === 'unrecognized_keys') {
    const { keys } = issue.params as { keys: string[] }
    return keys.map((key) => refused([...path, key].join('.'), context === 'querystring' ? 'is not a parameter of this call' : 'is not a field here'))
  }
  return [refused(path.join('.') || context, plainMessage(issue.message ?? 'is not right'))]
}

function refused(field: string, problem: string): ApiError {
  return { type: 'invalid_request', message: `${field}: ${problem}`, field }
}

function plainMessage(message: string): string {
  return message === 'Invalid input: expected object, received undefined' ? 'is missing' : message.replace(/^Invalid input: expected (.*), received undefined$/, 'is required ($1)')
}
