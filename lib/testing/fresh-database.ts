import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { withLogin } from '@/lib/server/database-roles';
import { makeLocalKeys } from '@/lib/vault/local-keys';

export interface TestDatabase {
  /** Superuser, for looking behind the product's back and for tampering. */
  adminUrl: string;
  appUrl: string;
  jobsUrl: string;
  /** Ids of the two ledgers that are made: slugs `main` (agents) and `access` (access). */
  ledgers: { main: number; access: number };
  drop(): Promise<void>;
}

/**
 * A migrated database of its own for a test file, and lib/env pointed at it. Call in beforeAll, and `closeDatabase()` of lib/db before drop().
 */
export async function freshDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('adminUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const at = (database: string) => {
    const url = new URL(template);
    url.pathname = `/${database}`;
    return url.href;
  };
  await asAdmin(at('postgres'), async (client) => {
    // Copies of one template are made one after another; two at once are refused by the server.
    await client.query('SELECT pg_advisory_lock(20261121)');
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  });
  const adminUrl = at(name);
  const ledgers = await asAdmin(adminUrl, async (client) => {
    const make = async (slug: string, kind: string) =>
      (await client.query('SELECT create_ledger($1, $2, $3, $4, false) AS id', [slug, `test.example/ledgers/${slug}`, kind, slug])).rows[0]
        .id as number;
    return { main: await make('main', 'agents'), access: await make('access', 'access') };
  });
  const appUrl = withLogin(adminUrl, 'holdfast_app', 'app');
  const jobsUrl = withLogin(adminUrl, 'holdfast_jobs', 'jobs');
  Object.assign(process.env, {
    DATABASE_URL: appUrl,
    DATABASE_JOBS_URL: jobsUrl,
    DATABASE_PRUNER_URL: withLogin(adminUrl, 'holdfast_pruner', 'pruner'),
    AUTH_SECRET: 'test-secret-test-secret-test-secret-00',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    VAULT_KEY_FILE: testKeyFile(),
  });
  const drop = () => asAdmin(at('postgres'), async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)));
  return { adminUrl, appUrl, jobsUrl, ledgers, drop };
}

/** Key-encryption keys of this test process. */
function testKeyFile(): string {
  const file = path.join(os.tmpdir(), `holdfast-vault-${process.pid}`, 'key-encryption-keys.json');
  makeLocalKeys(file);
  return file;
}

/** One piece of work on a connection of its own. */
export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed shows in the query that it interrupts; without a listener it would end the whole run.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
