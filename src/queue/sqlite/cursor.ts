/** Cursors of the deliveries list: a position as opaque text. */
import { SluiceError } from '../../base/errors.ts'
import type { ListPosition } from './protocol.ts'

export function cursorOf({ at, id, index }: ListPosition): string {
  return Buffer.from(`${at}.${id}.${index}`).toString('base64url')
}

/** @throws SluiceError invalid_request when the text is not one of ours */
export function positionOf(cursor: string): ListPosition {
  const parts = /^(-?\d+)\.(\d+)\.(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (!parts) throw new SluiceError('invalid_request', { field: 'cursor', message: 'The cursor is not one that an earlier page gave as "next".' })
  return { at: Number(parts[1]), id: Number(parts[2]), index: Number(parts[3]) }
}
