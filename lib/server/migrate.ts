import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** The key that `prisma migrate deploy` locks, so that both can be used on one database. */
const PRISMA_MIGRATE_LOCK = 72707369;

interface Applied {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
}

/**
 * Applies what is missing of prisma/migrations, as `prisma migrate deploy` would (same table, lock and checksums) but without
 * its engine, which an installation behind a closed network cannot download.
 * @param url a login that may become holdfast_owner.
 * @returns names applied now.
 * @throws Error that names a migration that failed earlier or was changed after it was applied.
 */
export async function migrate(url: string, directory: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast-migrate' });
  // A lost connection shows in the query that it interrupts.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
      logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
    const { rows } = await client.query<Applied>('SELECT * FROM _prisma_migrations ORDER BY started_at');
    const failed = rows.filter((row) => !row.finished_at && !row.rolled_back_at).map((row) => row.migration_name);
    if (failed.length > 0)
      throw new Error(`A migration failed earlier and must be settled by hand first (docs/operate.md): ${failed.join(', ')}`);
    const done = new Map(rows.filter((row) => row.finished_at && !row.rolled_back_at).map((row) => [row.migration_name, row.checksum]));

    const applied: string[] = [];
    for (const name of migrationNames(directory)) {
      const sql = readFileSync(path.join(directory, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = done.get(name);
      if (known === undefined) {
        await applyOne(client, name, sql, checksum);
        applied.push(name);
      } else if (known !== checksum) {
        throw new Error(`Migration ${name} was changed after it was applied here; restore the file of the version that applied it.`);
      }
    }
    return applied;
  } finally {
    await client.end();
  }
}

function migrationNames(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(directory, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort();
}

/** The migration and its line in the table in one transaction: a start that is killed at any moment leaves both or neither. */
async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('RESET ROLE');
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count, finished_at) VALUES ($1, $2, $3, 1, clock_timestamp())',
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`Migration ${name} was not applied: ${(error as Error).message}`, { cause: error });
  }
}
