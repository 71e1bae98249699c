/** Parked jobs over all partitions: claiming those that are due, hastening them, and turning records back into them. */
import type { Clock } from '../base/clock.ts'
import type { ClaimDueRequest, Job, QueueName, ReviveRequest } from './queue.ts'
import type { RedisDepth } from './redis-depth.ts'
import { connectionsOf, readCounters } from './redis-ledger.ts'
import type { RedisLink } from './redis-link.ts'
import { unpackJob } from './redis-pack.ts'

const HASTEN_STEP = 1_000
const REVIVE_STEP = 100

interface JobsOptions {
  link: RedisLink
  depth: RedisDepth
  clock: Clock
  partitions: number
  leaseEnd: (leaseMs: number) => number
}

interface DueJob {
  partition: number
  queue: QueueName
  id: string
  dueAt: number
}

export class RedisJobs {
  readonly #options: JobsOptions

  constructor(options: JobsOptions) {
    this.#options = options
  }

  /** Looks first, then takes the longest due of all partitions; what somebody else took meanwhile is left out. */
  async claimDue({ queues, jobsMax, leaseMs }: ClaimDueRequest): Promise<Job[]> {
    const { depth } = this.#options
    if (queues.length === 0 || jobsMax <= 0) return []
    const found = await Promise.all(depth.partitionsWith(queues).map((partition) => this.#due(partition, queues, jobsMax)))
    const due = found.flat().sort((one, other) => one.dueAt - other.dueAt || (one.id < other.id ? -1 : 1)).slice(0, jobsMax)
    const byPartition = Map.groupBy(due, ({ partition }) => partition)
    const taken = await Promise.all([...byPartition].map(([partition, jobs]) => this.#take(partition, jobs, leaseMs)))
    return taken.flat().sort((one, other) => one.dueAt - other.dueAt || one.id - other.id)
  }

  async hasten(queue: QueueName, dueAt: number): Promise<void> {
    const { link, depth } = this.#options
    await Promise.all(depth.partitionsWith([queue]).map(async (partition) => {
      let moved = HASTEN_STEP
      while (moved === HASTEN_STEP) moved = Number(await link.run('hasten', partition, [queue, dueAt, HASTEN_STEP]))
    }))
  }

  async revive(request: ReviveRequest): Promise<number> {
    const { link, partitions } = this.#options
    if (request.messageIds?.length === 0) return 0
    const counts = await Promise.all(Array.from({ length: partitions }, async (_, partition) => {
      const connections = connectionsOf(await readCounters(link, partition))
        .filter(({ outcome, destinationId }) => outcome === request.outcome && destinationId === request.destinationId)
      let revived = 0
      for (const { sourceId } of connections) revived += await this.#reviveConnection(partition, sourceId, request)
      return revived
    }))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async #due(partition: number, queues: readonly QueueName[], jobsMax: number): Promise<DueJob[]> {
    const { link, clock } = this.#options
    const reply = await link.run('due-jobs', partition, [Math.floor(clock.now()), jobsMax, ...queues]) as (number | string)[]
    const due: DueJob[] = []
    for (let index = 0; index < reply.length; index += 3) {
      due.push({ partition, queue: queues[reply[index] as number]!, id: reply[index + 1] as string, dueAt: Number(reply[index + 2]) })
    }
    return due
  }

  async #take(partition: number, jobs: readonly DueJob[], leaseMs: number): Promise<Job[]> {
    const lease = this.#options.leaseEnd(leaseMs)
    const reply = await this.#options.link.run('take-jobs', partition, [lease, ...jobs.flatMap(({ queue, id }) => [queue, id])]) as string[]
    const taken: Job[] = []
    for (let index = 0; index < reply.length; index += 3) {
      const [id, dueAt, packed] = reply.slice(index, index + 3) as [string, string, string]
      taken.push(unpackJob({ number: Number(id), partition, lease, dueAt: Number(dueAt) }, packed))
    }
    return taken
  }

  async #reviveConnection(partition: number, sourceId: string, request: ReviveRequest): Promise<number> {
    const { link, depth, clock } = this.#options
    const messageIds = request.messageIds ?? []
    let revived = 0
    let highest = ''
    let left = 0
    for (let step = 0; ; step++) {
      const named = messageIds.slice(step * REVIVE_STEP, (step + 1) * REVIVE_STEP)
      const [count, more, number, changes, skipped] = await link.run('revive', partition, [
        Math.floor(clock.now()), request.outcome, sourceId, request.destinationId, request.from ?? '-inf',
        request.to === undefined ? '+inf' : `(${request.to}`, highest, REVIVE_STEP, left, ...named,
      ]) as [number, number, number, (string | number)[], number]
      depth.changeParked(partition, changes)
      revived += count
      left += skipped
      highest = String(number)
      if (more === 0 && (step + 1) * REVIVE_STEP >= messageIds.length) return revived
    }
  }
}
