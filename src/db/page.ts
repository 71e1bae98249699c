/** Pages of a list: in the order of creation, continued after a cursor. */
import { SluiceError } from '../base/errors.ts'

export interface PageRequest {
  /** From an earlier page's `next`. */
  cursor?: string
  count: number
}

export interface Page<Item> {
  items: Item[]
  next?: string
}

/** The `position` after which the page begins. @throws SluiceError invalid_request for a cursor that no page gave out */
export function positionAfter(request: PageRequest): number {
  if (request.cursor === undefined) return 0
  const position = Number(/^after-([0-9]{1,15})$/.exec(Buffer.from(request.cursor, 'base64url').toString())?.[1] ?? Number.NaN)
  if (Number.isNaN(position)) throw new SluiceError('invalid_request', { message: 'The cursor is not one that an earlier page gave out.', field: 'pagination.cursor' })
  return position
}

/** Makes a page of rows fetched with one more than `count`, which only tells whether there is a next page. */
export function pageOf<Row extends { position: number }, Item>(rows: Row[], request: PageRequest, itemOf: (row: Row) => Item): Page<Item> {
  const shown = rows.slice(0, request.count)
  const last = shown.at(-1)
  return {
    items: shown.map(itemOf),
    ...(rows.length > request.count && last && { next: Buffer.from(`after-${last.position}`).toString('base64url') }),
  }
}
