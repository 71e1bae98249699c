/** A few of the newest events of each source, in memory, for people who want to try a function on real ones. Lost with the process, and meant to be. */
import { limits } from '../base/limits.ts'
import type { Unit } from './unit.ts'

interface Ring {
  /** Newest last. Webhooks have the type "webhook". */
  byType: Map<string, string[]>
  chars: number
}

/** Under load a sample: parsing more than a few of each unit to know their types would cost more than it is worth. */
const TAKEN_PER_UNIT = 3

export class RecentEvents {
  /** The source that was quiet for longest first. */
  readonly #rings = new Map<string, Ring>()
  #chars = 0

  add({ kind, sourceId, items }: Unit): void {
    const ring = this.#rings.get(sourceId) ?? { byType: new Map<string, string[]>(), chars: 0 }
    this.#rings.delete(sourceId)
    this.#rings.set(sourceId, ring)
    for (const { event } of items.slice(-TAKEN_PER_UNIT)) this.#push(ring, kind === 'webhook' ? 'webhook' : event.parse().type, event.text)
    for (const [id, { chars }] of this.#rings) {
      if (this.#chars <= limits.recentEventsCharsMax) break
      this.#rings.delete(id)
      this.#chars -= chars
    }
  }

  /** JSON texts, newest first; of one type when it is given, else of all but webhooks, taken in turns. */
  list(sourceId: string, request: { type?: string, count: number }): string[] {
    const { byType } = this.#rings.get(sourceId) ?? { byType: new Map<string, string[]>() }
    const lists = request.type !== undefined ? [byType.get(request.type) ?? []] : [...byType].flatMap(([type, texts]) => (type === 'webhook' ? [] : [texts]))
    const listed: string[] = []
    for (let back = 1; listed.length < request.count && lists.some((texts) => texts.length >= back); back++) {
      for (const texts of lists) if (texts.length >= back) listed.push(texts.at(-back)!)
    }
    return listed.slice(0, request.count)
  }

  #push(ring: Ring, type: string, text: string): void {
    let texts = ring.byType.get(type)
    if (!texts) ring.byType.set(type, (texts = []))
    texts.push(text)
    const gone = texts.length > limits.recentEventsPerTypeMax ? texts.shift()! : ''
    ring.chars += text.length - gone.length
    this.#chars += text.length - gone.length
  }
}
