import { balance } from './api-client.ts'
import { eventually } from './eventually.ts'
import type { ApiClient, Ledger } from './api-client.ts'

/** The ledger of a source once these destinations owe nothing any more; a failure shows what is still pending. */
export function settledLedger(api: ApiClient, sourceId: string, options: { destinationIds: readonly string[], withinMs: number, accepted?: number }): Promise<Ledger> {
  const { destinationIds, withinMs, accepted } = options
  return eventually('nothing is pending any more', async () => {
    const ledger = await api.ledger(sourceId)
    const isSettled = destinationIds.every((id) => balance(ledger, id).pending === 0)
    if (!isSettled || (accepted !== undefined && ledger.accepted !== accepted)) throw new Error(`the ledger is ${JSON.stringify(ledger)}`)
    return ledger
  }, { withinMs, everyMs: 200 })
}
