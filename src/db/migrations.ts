/** The steps that bring a database to the present schema. Numbered, run once each, never changed once released. */
import type { Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'

type AnyDb = Kysely<unknown>

const configuration: Migration = {
  async up(db: AnyDb) {
    await db.schema.createTable('facts')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createTable('workspaces')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('slug', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute()
    await createSources(db)
    await createDestinations(db)
    await createFunctions(db)
    await createInsertInstances(db)
    await createCaughtEvents(db)
  },
}

/** The columns that every configured thing has. */
function ordered(db: AnyDb, table: string) {
  return db.schema.createTable(table)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('position', 'integer', (column) => column.notNull().unique())
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
}

async function createSources(db: AnyDb): Promise<void> {
  await ordered(db, 'sources')
    .addColumn('slug', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('metadata_id', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('webhook_token', 'text', (column) => column.notNull())
    .addUniqueConstraint('sources_slug_unique', ['workspace_id', 'slug'])
    .execute()
  await db.schema.createTable('write_keys')
    .addColumn('write_key', 'text', (column) => column.primaryKey())
    .addColumn('source_id', 'text', (column) => column.notNull().references('sources.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull().unique())
    .execute()
  await db.schema.createIndex('write_keys_by_source').on('write_keys').column('source_id').execute()
}

async function createDestinations(db: AnyDb): Promise<void> {
  await ordered(db, 'destinations')
    .addColumn('source_id', 'text', (column) => column.notNull().references('sources.id').onDelete('cascade'))
    .addColumn('metadata_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('destinations_by_source').on('destinations').column('source_id').execute()
  await db.schema.createIndex('destinations_by_metadata').on('destinations').column('metadata_id').execute()
}

async function createFunctions(db: AnyDb): Promise<void> {
  await ordered(db, 'functions')
    .addColumn('resource_type', 'text', (column) => column.notNull())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('logo_url', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('batch_max_count', 'integer', (column) => column.notNull())
    .addColumn('latest_version_id', 'text', (column) => column.notNull())
    .addColumn('deployed_version_id', 'text')
    .addColumn('deployed_at', 'text')
    .execute()
  await db.schema.createTable('function_versions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('function_id', 'text', (column) => column.notNull().references('functions.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('script', 'text', (column) => column.notNull())
    .addColumn('source_map', 'text', (column) => column.notNull())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('deployed_at', 'text')
    .addUniqueConstraint('function_versions_number_unique', ['function_id', 'number'])
    .execute()
}

async function createInsertInstances(db: AnyDb): Promise<void> {
  await ordered(db, 'insert_instances')
    .addColumn('function_id', 'text', (column) => column.notNull().references('functions.id'))
    .addColumn('integration_id', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('insert_instances_by_function').on('insert_instances').column('function_id').execute()
}

/** No reference to destinations: an event may arrive while its destination is being removed, and must not fail for it. */
async function createCaughtEvents(db: AnyDb): Promise<void> {
  await db.schema.createTable('caught_events')
    .addColumn('destination_id', 'text', (column) => column.notNull())
    .addColumn('position', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('caught_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('caught_events_key', ['destination_id', 'position'])
    .execute()
  await db.schema.createIndex('caught_events_by_position').on('caught_events').column('position').execute()
}

const functionInstances: Migration = {
  async up(db: AnyDb) {
    await db.schema.createTable('function_instances')
      .addColumn('instance_id', 'text', (column) => column.primaryKey())
      .addColumn('version_id', 'text', (column) => column.references('function_versions.id').onDelete('cascade'))
      .addColumn('batch_max_count', 'integer')
      .addColumn('batch_max_wait_ms', 'integer')
      .execute()
  },
}

export const migrations: MigrationProvider = {
  getMigrations: () => Promise.resolve({ '0001_configuration': configuration, '0002_function_instances': functionInstances }),
}
