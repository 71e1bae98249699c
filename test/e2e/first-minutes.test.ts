import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { apiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { RunningSluice } from '../support/start-sluice.ts'

test('a first start on an empty folder makes a demo workspace, and the printed curl line brings an event through its function to the catcher', async () => {
  await using sluice = await startSluice()
  const command = await printedCurl(sluice)
  expect(command.url.startsWith(sluice.url)).toBe(true)
  const answer = await fetch(command.url, { method: 'POST', headers: command.headers, body: command.body })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ success: true })

  const api = apiClient(sluice)
  const [caught] = await eventually('the event shows up at the catcher', async () => {
    const events = await api.catcher(10)
    return events.length > 0 && events
  })
  const sent = JSON.parse(command.body) as Record<string, unknown>
  expect(caught).toMatchObject({ type: 'track', event: expect.any(String), messageId: expect.any(String), receivedAt: expect.any(String) })
  // The demo's function leaves a mark: what arrives is not what was sent.
  expect(caught!['properties']).not.toEqual(sent['properties'])
})

test("the README's curl line works as it is printed there", async () => {
  await using sluice = await startSluice()
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const command = parseCurl(readme)
  const answer = await fetch(command.url.replace(/^http:\/\/[^/]+/, sluice.url), { method: 'POST', headers: command.headers, body: command.body })
  expect(answer.status).toBe(200)
  await eventually('the event shows up at the catcher', async () => (await apiClient(sluice).catcher(10)).length === 1)
})

test('a second start on the same folder keeps what the first one made and prints no second demo', async () => {
  await using first = await startSluice()
  const command = await printedCurl(first)
  await first.kill('SIGTERM')
  await using second = await startSluice({ dataDir: first.dataDir, port: first.port })
  expect(await fetch(command.url, { method: 'POST', headers: command.headers, body: command.body }).then((answer) => answer.status)).toBe(200)
  await eventually('the event shows up at the catcher', async () => (await apiClient(second).catcher(10)).length === 1)
  const sources = await apiClient(second).request('GET', '/sources')
  expect((sources.body as { data: { sources: unknown[] } }).data.sources).toHaveLength(1)
})

/** It comes after the ready line. */
function printedCurl(sluice: RunningSluice): Promise<Curl> {
  return eventually('the curl line is printed', () => parseCurl(sluice.stdout()))
}

interface Curl {
  url: string
  headers: Record<string, string>
  body: string
}

/** Understands the one shape of a curl line that we print: url, -u or -H, and a quoted body. */
function parseCurl(text: string): Curl {
  const line = /curl(?:[^\n\\]|\\\n|\\.)*/.exec(text)?.[0].replaceAll('\\\n', ' ')
  if (line === undefined) throw new Error(`there is no curl line in: ${text}`)
  const url = /https?:\/\/[^\s'"]+/.exec(line)?.[0]
  const body = /(?:-d|--data|--json)\s+'([^']*)'/.exec(line)?.[1]
  if (url === undefined || body === undefined) throw new Error(`the curl line has no address or no body: ${line}`)
  const headers: Record<string, string> = {}
  for (const [, name, value] of line.matchAll(/-H\s+['"]([^:'"]+):\s*([^'"]*)['"]/g)) headers[name!] = value!
  const user = /-u\s+['"]?([^\s'"]+)/.exec(line)?.[1]
  if (user !== undefined) headers['Authorization'] = `Basic ${Buffer.from(user).toString('base64')}`
  return { url, headers, body }
}
