import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { enableLogins } from '@/lib/server/database-roles';
import { startPostgres } from '@/lib/server/embedded-postgres';
import { generateClient } from '@/lib/server/generate.mjs';
import { migrate } from '@/lib/server/migrate';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser connection string of the tests' server; its path names the template that fresh databases are copied from. */
    adminUrl: string;
  }
}

const TEMPLATE = 'holdfast_template';

/**
 * Once a run: a real server, and one migrated database to copy from. It goes with the run, so that it need not wait for the disk; tests of what a power cut leaves have servers
 * of their own.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const root = process.cwd();
  generateClient(root);
  const server = await startPostgres({
    dir: path.resolve(root, process.env.HOLDFAST_TEST_DIR ?? '.holdfast/test-pg'),
    password: 'test',
    settings: ['max_connections=200', 'fsync=off', 'full_page_writes=off'],
  });
  const client = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await client.connect();
  const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'holdfast%' OR datname LIKE 'test\\_%'");
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(datname)} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await migrate(server.adminUrl(TEMPLATE), path.join(root, 'prisma/migrations'));
  await enableLogins(server.adminUrl(TEMPLATE), { holdfast_app: 'app', holdfast_jobs: 'jobs', holdfast_pruner: 'pruner' });
  project.provide('adminUrl', server.adminUrl(TEMPLATE));
  return () => server.stop();
}
