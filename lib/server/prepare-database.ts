import path from 'node:path';
import pg from 'pg';
import { enableLogins, withLogin } from './database-roles';
import { type EmbeddedPostgres, startPostgres } from './embedded-postgres';
import { keepSecrets, type Secrets } from './keep-secrets';
import { migrate } from './migrate';
import { step } from './print';

export interface PreparedDatabase {
  /** null where DATABASE_URL names a server of the operator's. */
  server: EmbeddedPostgres | null;
  adminUrl: string;
  appUrl: string;
  secrets: Secrets;
}

export const DATABASE = 'holdfast';

/**
 * Brings up or finds the database, applies migrations, and points the environment of this process at it.
 * @param onServer told of the embedded server as soon as it runs, so that a stop during what follows can stop it too.
 */
export async function prepareDatabase(
  root: string,
  stateDir: string,
  onServer: (server: EmbeddedPostgres) => void,
): Promise<PreparedDatabase> {
  const secrets = keepSecrets(stateDir);
  const prepared = process.env.DATABASE_URL
    ? givenServer(process.env.DATABASE_URL, secrets)
    : await embeddedServer(stateDir, secrets, onServer);
  const applied = await migrate(prepared.adminUrl, path.join(root, 'prisma/migrations'));
  if (applied.length > 0) step(`${applied.length} migration${applied.length === 1 ? '' : 's'} applied`);
  if (prepared.server) {
    await enableLogins(prepared.adminUrl, {
      holdfast_app: secrets.appPassword,
      holdfast_jobs: secrets.jobsPassword,
      holdfast_pruner: secrets.prunerPassword,
    });
  }
  process.env.DATABASE_URL = prepared.appUrl;
  process.env.DATABASE_JOBS_URL ??= prepared.server
    ? withLogin(prepared.adminUrl, 'holdfast_jobs', secrets.jobsPassword)
    : withRole(prepared.adminUrl, 'holdfast_jobs');
  process.env.DATABASE_PRUNER_URL ??= prepared.server
    ? withLogin(prepared.adminUrl, 'holdfast_pruner', secrets.prunerPassword)
    : withRole(prepared.adminUrl, 'holdfast_pruner');
  process.env.AUTH_SECRET ??= secrets.authSecret;
  process.env.DATABASE_ADMIN_URL = '';
  return prepared;
}

async function embeddedServer(stateDir: string, secrets: Secrets, onServer: (server: EmbeddedPostgres) => void): Promise<PreparedDatabase> {
  const server = await startPostgres({ dir: path.join(stateDir, 'pg'), password: secrets.postgresPassword });
  onServer(server);
  step(
    `PostgreSQL ${server.takenOver ? 'found running and taken over' : 'started'} on port ${server.port}, data in ${path.relative(process.cwd(), server.dataDir) || '.'}`,
  );
  const client = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    // Two first starts at once: the other one made it.
    if ((error as { code?: string }).code !== '42P04' && (error as { code?: string }).code !== '23505') throw error;
  } finally {
    await client.end();
  }
  const adminUrl = server.adminUrl(DATABASE);
  return { server, adminUrl, appUrl: withLogin(adminUrl, 'holdfast_app', secrets.appPassword), secrets };
}

/**
 * A server of the operator's. With DATABASE_ADMIN_URL the application signs in as DATABASE_URL says; without, one login serves both, and the
 * application gives up its rights on each connection by SET ROLE.
 */
export function givenServer(url: string, secrets: Secrets): PreparedDatabase {
  const adminUrl = process.env.DATABASE_ADMIN_URL || url;
  step(`using the PostgreSQL server of DATABASE_URL (${new URL(url).host})`);
  return { server: null, adminUrl, appUrl: adminUrl === url ? withRole(url, 'holdfast_app') : url, secrets };
}

/** @see PostgreSQL, libpq "options": run-time settings at connection start. */
export function withRole(url: string, role: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c role=${role}`);
  return changed.href;
}

const SET_UP_LOCK = 1212564295;

/** Of several processes on one database, one sets it up; the others wait and find it done. One that is killed lets go. */
export async function alone<T>(database: PreparedDatabase, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.adminUrl, keepAlive: true });
  // A lost connection shows in the work itself.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [SET_UP_LOCK]);
    return await work();
  } finally {
    await client.end().catch(() => {});
  }
}
