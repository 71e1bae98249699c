/** Entries, jobs and settlements with everything that a test does not care about filled in. */
import type { ErrorCode } from '../../src/base/errors.ts'
import { EventCarrier } from '../../src/model/event.ts'
import type { DeliveredBatch, DeliveryRecord, NewEntry, NewJob, Settlement } from '../../src/queue/queue.ts'

export function carrier(messageId: string): EventCarrier {
  return new EventCarrier(JSON.stringify({ type: 'track', event: 'Lamp Lit', messageId, userId: 'user_ünïcode 🦊' }), messageId)
}

export function carriers(...messageIds: string[]): EventCarrier[] {
  return messageIds.map(carrier)
}

export function entry(messageIds: string[], more: Partial<NewEntry> = {}): NewEntry {
  return { sourceId: 'src_a', kind: 'events', receivedAt: 1_000, events: carriers(...messageIds), ...more }
}

export function settlement(more: Partial<Settlement>): Settlement {
  return { entryIds: [], jobs: [], delivered: [], records: [], parked: [], derived: [], ...more }
}

export function delivered(messageIds: string[], more: Partial<DeliveredBatch> = {}): DeliveredBatch {
  return { sourceId: 'src_a', destinationId: 'dst_1', messageIds, attempts: 1, at: 2_000, ...more }
}

export function record(messageId: string, more: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return { sourceId: 'src_a', destinationId: 'dst_1', kind: 'events', event: carrier(messageId), outcome: 'buried', code: 'destination_error', attempts: 3, at: 2_000, ...more }
}

export function job(messageIds: string[], more: Partial<NewJob> = {}): NewJob {
  const code: ErrorCode = 'destination_busy'
  return {
    queue: 'dst_1', sourceId: 'src_a', kind: 'events', events: carriers(...messageIds), attempt: 1, firstAt: 1_500, dueAt: 2_000, strikes: 0, code, ...more,
  }
}

export function idsOf(events: readonly { messageId: string }[]): string[] {
  return events.map(({ messageId }) => messageId)
}
