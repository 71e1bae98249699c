/** `pagination.cursor` and `pagination.count` of lists, also in the bracket form that some clients write. */
import { z } from 'zod'
import { limits } from '../base/limits.ts'
import type { Page, PageRequest } from '../db/page.ts'

const CURSOR = z.string().min(1).optional()
const COUNT = z.coerce.number().int().min(1).max(limits.pageSizeMax).optional()

export const PAGE_QUERY = { 'pagination.cursor': CURSOR, 'pagination.count': COUNT, 'pagination[cursor]': CURSOR, 'pagination[count]': COUNT }

export interface PageQuery {
  'pagination.cursor'?: string | undefined
  'pagination.count'?: number | undefined
  'pagination[cursor]'?: string | undefined
  'pagination[count]'?: number | undefined
}

export function pageRequest(query: PageQuery): PageRequest {
  const cursor = query['pagination.cursor'] ?? query['pagination[cursor]']
  const count = query['pagination.count'] ?? query['pagination[count]'] ?? limits.pageSize
  return { count, ...(cursor !== undefined && { cursor }) }
}

export function paginationOf(page: Page<unknown>, request: PageRequest): { current: string, next?: string } {
  return { current: request.cursor ?? '', ...(page.next !== undefined && { next: page.next }) }
}
