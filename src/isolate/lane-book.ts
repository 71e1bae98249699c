/** Which lanes there are, by the queue that they serve and by the child that they are in. */
import type { InstanceQueue } from './instance-queue.ts'
import type { Lane } from './lane.ts'
import type { ProcessClient } from './process-client.ts'

const NONE: readonly Lane[] = []

export class LaneBook {
  readonly #ofQueue = new Map<InstanceQueue, Lane[]>()
  /** In each child by id, the one used last at the end. */
  readonly #ofChild = new Map<ProcessClient, Map<number, Lane>>()
  readonly #alone = new Map<InstanceQueue, Lane>()

  add(lane: Lane): void {
    if (lane.alone) this.#alone.set(lane.queue, lane)
    else {
      const lanes = this.#ofQueue.get(lane.queue)
      if (lanes === undefined) this.#ofQueue.set(lane.queue, [lane])
      else lanes.push(lane)
    }
    const inChild = this.#ofChild.get(lane.child)
    if (inChild === undefined) this.#ofChild.set(lane.child, new Map([[lane.id, lane]]))
    else inChild.set(lane.id, lane)
  }

  remove(lane: Lane): void {
    const { queue, child, id } = lane
    if (this.#alone.get(queue) === lane) this.#alone.delete(queue)
    const left = this.#ofQueue.get(queue)?.filter((other) => other !== lane) ?? []
    if (left.length === 0) this.#ofQueue.delete(queue)
    else this.#ofQueue.set(queue, left)
    const inChild = this.#ofChild.get(child)
    inChild?.delete(id)
    if (inChild?.size === 0) this.#ofChild.delete(child)
  }

  /** Those that run many events at a time. */
  ofQueue(queue: InstanceQueue): readonly Lane[] {
    return this.#ofQueue.get(queue) ?? NONE
  }

  /** The one that runs suspects. */
  aloneOf(queue: InstanceQueue): Lane | undefined {
    return this.#alone.get(queue)
  }

  find(child: ProcessClient, id: number): Lane | undefined {
    return this.#ofChild.get(child)?.get(id)
  }

  /** The coldest first. */
  inChild(child: ProcessClient): Lane[] {
    return [...this.#ofChild.get(child)?.values() ?? NONE]
  }

  countIn(child: ProcessClient): number {
    return this.#ofChild.get(child)?.size ?? 0
  }

  busyIn(child: ProcessClient): number {
    let busy = 0
    for (const lane of this.#ofChild.get(child)?.values() ?? NONE) if (lane.inFlight.length > 0) busy++
    return busy
  }

  markUsed(lane: Lane): void {
    const inChild = this.#ofChild.get(lane.child)
    if (inChild === undefined || inChild.size === 1 || !inChild.delete(lane.id)) return
    inChild.set(lane.id, lane)
  }
}
