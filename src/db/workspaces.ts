/** Queries about workspaces and about the installation as a whole. */
import type { Workspace } from '../model/workspace.ts'
import type { Db } from './schema.ts'

/** The first one made; one installation has one until accounts come. */
export async function findWorkspace(db: Db): Promise<Workspace | undefined> {
  return db.selectFrom('workspaces').select(['id', 'slug', 'name']).orderBy('created_at').limit(1).executeTakeFirst()
}

export async function insertWorkspace(db: Db, workspace: Workspace & { createdAt: string }): Promise<void> {
  const { createdAt, ...row } = workspace
  await db.insertInto('workspaces').values({ ...row, created_at: createdAt }).execute()
}

export async function readFact(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('facts').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

export async function writeFact(db: Db, name: string, value: string): Promise<void> {
  await db.insertInto('facts').values({ name, value }).onConflict((conflict) => conflict.column('name').doUpdateSet({ value })).execute()
}
