/** Schemas of settings that end up in requests: what could not be sent is refused when it is typed in. */
import { z } from 'zod'
import { CONNECTION_HEADERS } from '../model/http.ts'

/** Header names to values. */
export const headerSettings = z.record(z.string(), z.string()).default({}).superRefine((headers, context) => {
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const refuse = (message: string): void => { context.addIssue({ code: 'custom', path: [name], message }) }
    const key = name.toLowerCase()
    if (!/^[!#$%&'*+.^`|~\w-]{1,200}$/.test(name)) refuse('is not a header name')
    else if (CONNECTION_HEADERS.has(key)) refuse('is set by Sluice and cannot be changed')
    else if (seen.has(key)) refuse('is there twice (upper and lower case are the same)')
    if (!/^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(value)) refuse('has a value that no header can carry: line breaks, control characters, or characters outside Latin-1')
    seen.add(key)
  }
})

/** An absolute http(s) address. */
export const httpUrl = z.string().max(2_048).refine((text) => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:')
}, { error: 'must be a URL that starts with http:// or https://' })
