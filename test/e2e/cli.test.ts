import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiClient } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { isAlive } from '../support/process-tree.ts'
import { startSluice } from '../support/start-sluice.ts'
import type { RunningSluice } from '../support/start-sluice.ts'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLE = join(REPOSITORY, 'functions/demo-enrich')

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs the command as its user does, in an empty folder and with a bare environment. */
async function sluice(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'src/cli/sluice.mjs'), ...args], {
    cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const [status] = await once(child, 'close') as [number | null]
  return { status, stdout, stderr }
}

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'sluice-cli-')) })
afterAll(() => rm(folder, { recursive: true }))

describe('without a server', () => {
  test('--help names the commands and the exit statuses', async () => {
    const { status, stdout } = await sluice(['--help'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/serve[^]*push[^]*send[^]*Exit status/)
  })

  test.each([[['pussh']], [['send', 'track']], [['send', '--write-key', 'k']], [['send', 'tracks', '--write-key', 'k']], [['send', 'track', '--write-key', 'k', '--user', 'u']],
    [['send', 'page', '--write-key', 'k', '--user', 'u', '--properties', '[1]']], [['push']]])('%j is written wrongly: status 2, nothing on standard output', async (args) => {
    const { status, stdout, stderr } = await sluice(args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('error: ')
  })

  test('a bad setting stops the start with its name and an example', async () => {
    const { status, stdout, stderr } = await sluice(['serve'], { PORT: 'eighty', SLUICE_SANBOX: 'hardened', DATABASE_URL: 'postgres://127.0.0.1' })
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.split('\n')).toEqual([
      'PORT must be a whole number from 0 to 65535, but is "eighty"; for example PORT=8080',
      'DATABASE_URL is set, but the configuration is kept in SQLite in SLUICE_DATA_DIR only; unset it.',
      'SLUICE_SANBOX is not a setting of Sluice; did you mean SLUICE_SANDBOX?',
      '',
    ])
  })

  test('push without a token says where one could come from', async () => {
    const { status, stderr } = await sluice(['push', EXAMPLE])
    expect(status).toBe(1)
    expect(stderr).toMatch(/No management token: give --token, set SLUICE_ADMIN_TOKEN, or run this where .*admin-token can be read/)
  })

  test('push to where nobody listens says so', async () => {
    const { status, stderr } = await sluice(['push', EXAMPLE, '--url', 'http://127.0.0.1:1', '--token', 't'])
    expect(status).toBe(1)
    expect(stderr).toContain('http://127.0.0.1:1 does not answer')
  })
})

describe('with a server', () => {
  let server: RunningSluice
  let env: Record<string, string>
  beforeAll(async () => {
    server = await startSluice()
    env = { SLUICE_URL: server.url, SLUICE_ADMIN_TOKEN: server.token }
  })
  afterAll(() => server.stop())

  const events = async (name: string) => (await apiClient(server).catcher(1_000)).filter((event) => event['event'] === name)

  test('it prints one ready line, and how to send a first event', () => {
    expect(server.stdout().match(/^Sluice is ready at http:\/\/127\.0\.0\.1:\d+$/gm)).toHaveLength(1)
    expect(server.stdout()).toContain(`curl ${server.url}/v1/track -u demo-write-key:`)
    // The token came from the environment, so there is none to print.
    expect(server.stdout()).not.toContain(server.token)
  })

  test('its port is named when a second server wants it', async () => {
    const { status, stdout, stderr } = await sluice(['serve', '--port', String(server.port), '--data-dir', join(folder, 'second')], { SLUICE_LOG_LEVEL: 'silent' })
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(`Port ${server.port} of 127.0.0.1 is in use`)
  })

  test('send brings one event to the catcher', async () => {
    const properties = JSON.stringify({ email: 'ADA@example.com' })
    const sent = await sluice(['send', 'track', '--write-key', 'demo-write-key', '--user', 'ada', '--event', 'Sent By Hand', '--properties', properties], env)
    expect(sent).toEqual({ status: 0, stdout: '1 event accepted in 1 request.\n', stderr: '' })
    const [event] = await eventually('the event is caught', async () => { const found = await events('Sent By Hand'); return found.length > 0 && found })
    expect(event).toMatchObject({ userId: 'ada', properties: { email: 'ada@example.com', enriched: true } })
  })

  test('send --file brings every line, in batches, and prints nothing else with --json', async () => {
    const file = join(folder, 'events.ndjson')
    await writeFile(file, Array.from({ length: 700 }, (_, n) => JSON.stringify({ type: 'track', event: 'From File', userId: `u${n}`, properties: { n } })).join('\n'))
    const { status, stdout, stderr } = await sluice(['send', '--file', file, '--write-key', 'demo-write-key', '--json'], env)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({ events: 700, requests: 2, retries: 0 })
    const caught = await eventually('all are caught', async () => { const found = await events('From File'); return found.length >= 700 && found })
    expect(new Set(caught.map((event) => event['userId'])).size).toBe(700)
  })

  test('send stops at a line that is not an event, and says how far it came', async () => {
    const file = join(folder, 'bad.ndjson')
    await writeFile(file, '{"type":"page","userId":"u"}\n{"type"')
    const { status, stderr } = await sluice(['send', '--file', file, '--write-key', 'demo-write-key'], env)
    expect(status).toBe(1)
    expect(stderr).toContain(`${file}:2: not JSON`)
  })

  test('push makes a function once, then versions of it, and deploys when asked', async () => {
    const mine = join(folder, 'mine')
    await cp(EXAMPLE, mine, { recursive: true })
    await writeFile(join(mine, 'function.json'), JSON.stringify({ displayName: 'Mine', resourceType: 'INSERT_SOURCE' }))
    const first = JSON.parse((await sluice(['push', mine, '--json'], env)).stdout) as { functionId: string }
    expect(first).toMatchObject({ created: true, deployed: false })
    await writeFile(join(mine, 'function.ts'), 'function onTrack(event: TrackEvent) { return { ...event, event: "v2" } }')
    const second = await sluice(['push', mine, '--deploy'], env)
    expect(second.stdout).toBe(`Saved a new version of "Mine" (${first.functionId}). It is deployed.\n`)
    const stored = await apiClient(server).request('GET', `/functions/${first.functionId}`)
    expect((stored.body as { data: { function: unknown } }).data.function).toMatchObject({ displayName: 'Mine', isLatestVersion: true, code: expect.stringContaining('v2') as string })
  })

  test('push of every example is accepted', async () => {
    for (const name of ['demo-enrich', 'demo-alert', 'drop-internal', 'github-webhook', 'rename-revenue', 'slack-alert']) {
      const { status, stderr } = await sluice(['push', join(REPOSITORY, 'functions', name), '--deploy'], env)
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' })
    }
  })

  test('push of code that does not compile names the place', async () => {
    const broken = join(folder, 'broken')
    await mkdir(broken)
    await writeFile(join(broken, 'function.json'), JSON.stringify({ displayName: 'Broken', resourceType: 'DESTINATION' }))
    await writeFile(join(broken, 'function.ts'), 'function onTrack(event) {\n  return event +\n}\n')
    const { status, stdout, stderr } = await sluice(['push', broken], env)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/was refused \(400\): function\.ts:3:1: /)
  })

  test('push with a wrong token is told so', async () => {
    const { status, stderr } = await sluice(['push', EXAMPLE, '--token', 'wrong'], env)
    expect(status).toBe(1)
    expect(stderr).toContain('was refused (401)')
  })

  test('SIGTERM ends it with status 0, and it leaves nothing behind', async () => {
    const children = server.childPids()
    expect(await server.kill('SIGTERM')).toEqual({ status: 0, signal: null })
    await eventually('its children are gone', () => children.every((pid) => !isAlive(pid)))
  })
})
