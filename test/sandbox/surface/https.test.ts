import { describe, expect, test } from 'vitest'
import { textAnswer } from '../run-function.ts'
import { useSurface } from './run-twice.ts'

const surface = useSurface()

describe('https', () => {
  test('requests as code for Node does', async () => {
    surface.answer = () => textAnswer('{"id":7}', { status: 201, headers: { 'content-type': 'application/json', 'x-request-id': 'r1' } })
    const code = `
      const body = JSON.stringify({ name: 'Ada' })
      return new Promise((resolve, reject) => {
        const request = https.request({ hostname: 'api.example.com', port: 443, path: '/users?x=1', method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } }, (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk) => { text += chunk })
          response.on('end', () => resolve([response.statusCode, response.headers['x-request-id'], JSON.parse(text)]))
        })
        request.on('error', reject)
        request.write(body)
        request.end()
      })`
    expect(await surface.run(code)).toEqual([201, 'r1', { id: 7 }])
    expect(surface.requests[0]).toMatchObject({ method: 'POST', url: 'https://api.example.com/users?x=1', body: '{"name":"Ada"}' })
  })

  test('gets, with an address, options, and iteration over the answer', async () => {
    surface.answer = () => textAnswer('moved', { status: 302, headers: { location: 'https://elsewhere.example/' } })
    const code = `
      const response = await new Promise((resolve, reject) => https.get('https://user:pass@api.example.com/a', { headers: { accept: 'text/plain' } }, resolve).on('error', reject))
      let text = ''
      for await (const chunk of response) text += chunk
      return [response.statusCode, response.headers.location, text]`
    expect(await surface.run(code)).toEqual([302, 'https://elsewhere.example/', 'moved'])
    expect(surface.requests[0]!.headers).toMatchObject({ authorization: 'Basic dXNlcjpwYXNz', accept: 'text/plain' })
    expect(surface.requests[0]!.redirectsMax).toBe(0)
  })

  test('reports failures, timeouts and ends', async () => {
    surface.answer = () => ({ ok: false, code: 'fetch_failed', message: 'connect ECONNREFUSED', systemCode: 'ECONNREFUSED' })
    const code = `
      const failed = await new Promise((resolve) => http.get('http://api.example.com/', () => resolve('answered')).on('error', (error) => resolve(error.code)))
      const ended = await new Promise((resolve) => {
        const request = https.request('https://api.example.com/', () => resolve('answered'))
        request.on('error', (error) => resolve(error.message))
        request.destroy(new Error('gave up'))
      })
      return [failed, ended]`
    expect(await surface.run(code)).toEqual(['ECONNREFUSED', 'gave up'])
  })
})
