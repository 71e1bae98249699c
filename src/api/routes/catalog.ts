import { z } from 'zod'
import { SluiceError } from '../../base/errors.ts'
import type { CatalogEntry as Entry } from '../../control/catalog.ts'
import type { Routes } from '../route.ts'
import { BY_ID, CatalogEntry, envelope } from '../shapes.ts'

const tags = ['Catalog']

export const catalogRoutes: Routes = (scope, { control }) => {
  scope.get('/catalog/destinations', { schema: { tags, summary: 'What destinations can be made of', response: envelope({ destinationsCatalog: z.array(CatalogEntry) }) } }, async () =>
    ({ data: { destinationsCatalog: await control.destinationCatalog() } }))
  scope.get('/catalog/destinations/:id', { schema: { tags, summary: 'One of them', params: BY_ID, response: envelope({ destinationMetadata: CatalogEntry }) } }, async ({ params }) =>
    ({ data: { destinationMetadata: pick(await control.destinationCatalog(), params.id, 'destination') } }))
  scope.get('/catalog/sources', { schema: { tags, summary: 'What sources can be made of', response: envelope({ sourcesCatalog: z.array(CatalogEntry) }) } }, async () =>
    ({ data: { sourcesCatalog: await control.sourceCatalog() } }))
  scope.get('/catalog/sources/:id', { schema: { tags, summary: 'One of them', params: BY_ID, response: envelope({ sourceMetadata: CatalogEntry }) } }, async ({ params }) =>
    ({ data: { sourceMetadata: pick(await control.sourceCatalog(), params.id, 'source') } }))
}

function pick(entries: Entry[], id: string, what: string): Entry {
  const entry = entries.find((each) => each.id === id)
  if (!entry) throw new SluiceError('not_found', { message: `The catalog has no ${what} "${id}".` })
  return entry
}
