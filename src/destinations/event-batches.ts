/** Cuts items into consecutive runs that fit one request each. */
export interface BatchBounds {
  itemsMax: number
  /** Of the JSON texts joined with commas; an item that is larger alone still gets a batch of its own. */
  bytesMax: number
}

export function splitBatches<Item extends { readonly text: string }>(items: readonly Item[], { itemsMax, bytesMax }: BatchBounds): Item[][] {
  const batches: Item[][] = []
  let batch: Item[] = []
  let bytes = 0
  for (const item of items) {
    const itemBytes = Buffer.byteLength(item.text) + 1
    if (batch.length > 0 && (batch.length === itemsMax || bytes + itemBytes > bytesMax)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += itemBytes
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

/** JSON text of the array of these events, without parsing any. */
export function joinTexts(items: readonly { readonly text: string }[]): string {
  return `[${items.map((item) => item.text).join(',')}]`
}
