/** `POST /api/functions/:id/invoke` over HTTP against workerd and against one plain process, same transform, same events, same client. */
import { isDeepStrictEqual } from 'node:util'
import { apiClient } from '../support/api-client.ts'
import { makeEvents } from '../support/make-event.ts'
import { postRequest, runLoad } from '../support/load-client.ts'
import { startSluice } from '../support/start-sluice.ts'
import { startFloor, startWorkerd } from './contestant.ts'
import { compare } from './rounds.ts'
import { TRANSFORMS, TRANSFORM_NAMES, functionCode } from './transforms.ts'
import type { LoadRequest } from '../support/load-client.ts'
import type { SentEvent } from '../support/make-event.ts'
import type { RunningSluice } from '../support/start-sluice.ts'
import type { Finding } from './report.ts'
import type { TransformName } from './transforms.ts'

export interface InvokeOptions {
  seconds: number
  rounds: number
}

const CONNECTIONS = 32
const BATCHES = [{ batch: 1, bar: 1 }, { batch: 20, bar: 0.8 }, { batch: 100, bar: 0.8 }]
const BODIES = 50

/** How to ask one server, and how to read its answer as the list of resulting events. */
interface Door {
  url: string
  path: string
  headers: Record<string, string>
  wrap: (events: readonly SentEvent[]) => string
  results: (body: string) => unknown[]
}

export async function measureInvoke(options: InvokeOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  await using sluice = await startSluice({ env: { SLUICE_LOG_LEVEL: 'warn' } })
  for (const name of TRANSFORM_NAMES) {
    const functionId = await apiClient(sluice).createFunction({ name: `bench ${name}`, kind: 'INSERT_SOURCE', code: functionCode(name) })
    await using workerd = await startWorkerd(name)
    await using floor = await startFloor(name)
    const doors = { ours: invokeDoor(sluice, functionId), workerd: plainDoor(workerd.url), floor: plainDoor(floor.url) }
    for (const { batch, bar } of BATCHES) {
      const measure = await preparedMeasure(name, batch)
      for (const door of Object.values(doors)) await measure(door, options.seconds / 2)
      const floorRates: number[] = []
      findings.push(await compare({
        what: `invoke, ${name}, batches of ${batch}`,
        bar,
        anchorName: 'workerd',
        rounds: options.rounds,
        ours: async () => {
          floorRates.push(await measure(doors.floor, options.seconds))
          return measure(doors.ours, options.seconds)
        },
        anchor: () => measure(doors.workerd, options.seconds),
        notes: () => `no sandbox: ${Math.round(floorRates.toSorted((one, other) => one - other)[Math.floor(floorRates.length / 2)]!).toLocaleString('en-US')}`,
      }))
    }
  }
  return findings
}

function invokeDoor(sluice: RunningSluice, functionId: string): Door {
  return {
    url: sluice.url,
    path: `/api/functions/${functionId}/invoke`,
    headers: { Authorization: `Bearer ${sluice.token}` },
    wrap: (events) => JSON.stringify({ events }),
    results: (body) => {
      const answer = JSON.parse(body) as { results?: InvokeRow[], data?: { results: InvokeRow[] } }
      return (answer.results ?? answer.data?.results ?? []).filter((row) => row.outcome === 'ok').map((row) => row.event)
    },
  }
}

interface InvokeRow {
  outcome: string
  event?: unknown
}

function plainDoor(url: string): Door {
  return { url, path: '/', headers: {}, wrap: (events) => JSON.stringify(events), results: (body) => JSON.parse(body) as unknown[] }
}

type Measure = (door: Door, seconds: number) => Promise<number>

async function preparedMeasure(name: TransformName, batch: number): Promise<Measure> {
  const maker = makeEvents(batch)
  const bodies = Array.from({ length: BODIES }, () => Array.from({ length: batch }, () => maker.next()))
  const requests = new Map<Door, LoadRequest[]>()
  return async (door, seconds) => {
    let ready = requests.get(door)
    if (ready === undefined) {
      ready = bodies.map((events) => postRequest({ url: door.url, path: door.path, headers: door.headers, body: door.wrap(events), tag: events }))
      requests.set(door, ready)
      await checkAnswers(door, name, ready)
    }
    const all = ready
    let turn = 0
    const endsAt = performance.now() + seconds * 1000
    const figures = await runLoad({
      url: door.url, connections: CONNECTIONS, next: () => (performance.now() < endsAt ? all[turn++ % all.length] : undefined),
    })
    const wrong = figures.answers - (figures.statuses.get(200) ?? 0) + figures.lost
    if (wrong > 0) throw new Error(`${wrong} of ${figures.answers} requests to ${door.url}${door.path} failed: ${JSON.stringify([...figures.statuses])}`)
    return (figures.answers * batch) / figures.seconds
  }
}

/** Speed counts only for right answers. */
async function checkAnswers(door: Door, name: TransformName, requests: LoadRequest[]): Promise<void> {
  const open = [...requests]
  await runLoad({
    url: door.url, connections: 4, keepBodies: true, next: () => open.pop(),
    answered: (request, answer) => {
      if (answer.status !== 200) throw new Error(`${door.url}${door.path} answered ${answer.status}: ${answer.body.slice(0, 500)}`)
      const wanted = (request.tag as SentEvent[]).map((event) => TRANSFORMS[name](structuredClone(event))).filter((event) => event !== null)
      if (!isDeepStrictEqual(door.results(answer.body), wanted)) throw new Error(`${door.url}${door.path} gave a wrong answer: ${answer.body.slice(0, 500)}`)
    },
  })
}
