import { z } from 'zod'
import { SluiceError } from '../../base/errors.ts'
import type { Control } from '../../control/control.ts'
import type { LedgerConnection, LedgerRow } from '../../queue/queue.ts'
import type { Routes } from '../route.ts'
import { ID } from '../shapes.ts'

const COUNT = z.int()
const SourceLedger = z.object({
  sourceId: z.string(),
  accepted: COUNT,
  connections: z.array(z.object({ destinationId: z.string(), delivered: COUNT, filtered: COUNT, discarded: COUNT, buried: COUNT, pending: COUNT })),
}).meta({ id: 'SourceLedger', description: 'For every connection, accepted = delivered + filtered + discarded + buried + pending.' })

export const ledgerRoutes: Routes = (scope, { control, queue }) => {
  scope.get('/ledger', {
    schema: {
      tags: ['Deliveries'],
      summary: 'What became of all events, exact at any moment: of one source, or of each',
      querystring: z.strictObject({ sourceId: ID.optional() }),
      response: { 200: z.union([SourceLedger, z.object({ sources: z.array(SourceLedger) })]) },
    },
  }, async ({ query: { sourceId } }) => {
    const rows = new Map((await queue.ledger(sourceId)).map((row) => [row.sourceId, row]))
    if (sourceId === undefined) {
      const ids = new Set([...control.snapshot().sources.keys(), ...rows.keys()])
      return { sources: [...ids].map((id) => ledgerOf(control, id, rows.get(id))) }
    }
    if (!rows.has(sourceId) && !control.snapshot().sources.has(sourceId)) throw new SluiceError('not_found', { message: `There is no source ${sourceId}.` })
    return ledgerOf(control, sourceId, rows.get(sourceId))
  })
}

/** The queue knows destinations from their first event on; before it, all that a connection has is what the log still holds. */
function ledgerOf(control: Control, sourceId: string, row: LedgerRow | undefined): z.output<typeof SourceLedger> {
  const { accepted, settled, connections: counted } = row ?? { accepted: 0, settled: 0, connections: [] }
  const known = new Set(counted.map((connection) => connection.destinationId))
  const untouched = (control.snapshot().sources.get(sourceId)?.connections ?? [])
    .filter((connection) => !known.has(connection.destinationId))
    .map(({ destinationId }): LedgerConnection => ({ destinationId, delivered: 0, filtered: 0, discarded: 0, buried: 0, pending: accepted - settled }))
  return { sourceId, accepted, connections: [...counted, ...untouched] }
}
