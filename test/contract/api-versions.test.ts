/** Versions over the management API: what is saved, what runs where, what changed, and the way back. */
import { expect, test } from 'vitest'
import { openTestApi, type OpenedApi } from '../support/open-api.ts'

interface Setup {
  api: OpenedApi
  functionId: string
  sourceId: string
  /** Two destinations made from the function. */
  first: string
  second: string
}

const code = (mark: number): string => `function onTrack(event) {\n  return ${mark}\n}\n`

async function setUp(api: OpenedApi): Promise<Setup> {
  const { body } = await api.call('POST', '/api/functions', { code: code(1), displayName: 'Marked', resourceType: 'DESTINATION' })
  const functionId = String(body.data['function']!['id'])
  await api.call('POST', `/api/functions/${functionId}/deploy`)
  const source = await api.call('POST', '/api/sources', { slug: 'web', metadataId: 'http' })
  const sourceId = String(source.body.data['source']!['id'])
  const destination = async (): Promise<string> => {
    const made = await api.call('POST', '/api/destinations', { sourceId, metadataId: `function:${functionId}` })
    return String(made.body.data['destination']!['id'])
  }
  return { api, functionId, sourceId, first: await destination(), second: await destination() }
}

/** Which mark each destination's code returns, by the published snapshot. */
function running({ api, sourceId }: Setup): string[] {
  return api.control.snapshot().sources.get(sourceId)!.connections.map(({ target }) => (target.kind === 'function' ? /return (\d+)/.exec(target.instance.code.script)![1]! : ''))
}

async function save({ api, functionId }: Setup, mark: number): Promise<string> {
  const answer = await api.call('PATCH', `/api/functions/${functionId}`, { code: code(mark) })
  return String(answer.body.data['function']!['latestVersionId'])
}

async function versions({ api, functionId }: Setup): Promise<{ id: string, number: number, labels: string[] }[]> {
  return (await api.call('GET', `/api/functions/${functionId}/versions`)).body.data['versions'] as never
}

test('every save is a version, and labels say which is the newest and which ones run', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  await save(setup, 2)
  expect((await versions(setup)).map(({ number, labels }) => [number, labels])).toEqual([[2, ['LATEST']], [1, ['DEPLOYED']]])
  await api.call('POST', `/api/functions/${setup.functionId}/deploy`)
  expect((await versions(setup)).map(({ number, labels }) => [number, labels])).toEqual([[2, ['LATEST', 'DEPLOYED']], [1, []]])
  const { id } = (await versions(setup))[1]!
  expect(await api.call('GET', `/api/functions/${setup.functionId}/versions/${id}`)).toMatchObject({ body: { data: { version: { number: 1, code: code(1), labels: [], isLatest: false, isDeployed: false } } } })
})

test('chosen instances switch, and the others keep the version they were deployed with', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  const { functionId, first, second } = setup
  const second2 = await save(setup, 2)
  const answer = await api.call('POST', `/api/functions/${functionId}/deploy`, { instanceIds: [second] })
  expect(answer.body).toMatchObject({ data: { functionDeployment: { status: 'SUCCESS', versionId: second2 } } })
  expect(running(setup)).toEqual(['1', '2'])
  expect((await versions(setup)).map(({ labels }) => labels)).toEqual([['LATEST', 'DEPLOYED'], ['DEPLOYED']])
  const instances = (await api.call('GET', `/api/functions/${functionId}/instances`)).body.data['instances']
  expect(instances).toEqual([expect.objectContaining({ id: first, kind: 'destination' }), { id: second, kind: 'destination', name: 'Marked', versionId: second2 }])

  // A later save changes neither; a deployment to the first brings it past the second.
  await save(setup, 3)
  expect(running(setup)).toEqual(['1', '2'])
  await api.call('POST', `/api/functions/${functionId}/deploy`, { instanceIds: [first] })
  expect(running(setup)).toEqual(['3', '2'])
  // One for all ends the differences.
  await api.call('POST', `/api/functions/${functionId}/deploy`)
  expect(running(setup)).toEqual(['3', '3'])
})

test('a new instance gets what was last deployed to all', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  await save(setup, 2)
  await api.call('POST', `/api/functions/${setup.functionId}/deploy`, { instanceIds: [setup.first] })
  await api.call('POST', '/api/destinations', { sourceId: setup.sourceId, metadataId: `function:${setup.functionId}` })
  expect(running(setup)).toEqual(['2', '1', '1'])
})

test('what does not run the function cannot be deployed to, and nothing changes', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  await save(setup, 2)
  const answer = await api.call('POST', `/api/functions/${setup.functionId}/deploy`, { instanceIds: [setup.first, 'dst_none'] })
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ type: 'invalid_request', field: 'instanceIds', message: expect.stringContaining(setup.second) }] } })
  expect(running(setup)).toEqual(['1', '1'])
})

test('the diff of two versions is unified; without a second one it is against the version before', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  await save(setup, 2)
  const latest = await save(setup, 3)
  const all = await versions(setup)
  const path = `/api/functions/${setup.functionId}/versions/${latest}/diff`
  const before = (await api.call('GET', path)).body.data['diff'] as { unified: string }
  expect(before).toMatchObject({ fromVersionId: all[1]!.id, toVersionId: latest, addedLines: 1, removedLines: 1 })
  expect(before.unified).toContain('-  return 2\n+  return 3\n')
  expect((await api.call('GET', `${path}?against=${all[2]!.id}`)).body.data['diff']).toMatchObject({ unified: expect.stringContaining('-  return 1\n+  return 3\n') })
  expect(await api.call('GET', `${path}?against=fnv_none`)).toMatchObject({ status: 404 })
})

test('rolling back is a restore and a deployment, and keeps the history', async () => {
  await using api = await openTestApi()
  const setup = await setUp(api)
  await save(setup, 2)
  await api.call('POST', `/api/functions/${setup.functionId}/deploy`)
  const old = (await versions(setup))[1]!
  expect(await api.call('POST', `/api/functions/${setup.functionId}/versions`, { versionId: old.id })).toMatchObject({ body: { data: { version: { number: 3, labels: ['LATEST'] } } } })
  expect(running(setup)).toEqual(['2', '2'])
  await api.call('POST', `/api/functions/${setup.functionId}/deploy`)
  expect(running(setup)).toEqual(['1', '1'])
  expect((await versions(setup)).map(({ number }) => number)).toEqual([3, 2, 1])
})
