import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { withLogin } from './database-roles';
import { type EmbeddedPostgres, startPostgres } from './embedded-postgres';
import { holdState } from './hold-state';
import { keepSecrets } from './keep-secrets';
import { DATABASE, givenServer } from './prepare-database';
import { signIn } from './share-postgres';

export interface OpenInstallation {
  adminUrl: string;
  /** Stops the embedded server again where nobody else uses it. */
  close(): Promise<void>;
}

/**
 * Finds the database as `npm start` does, its embedded server running or not, and points this process at it. It makes nothing and migrates nothing.
 * @throws Error that says what is not there.
 */
export async function openInstallation(root: string, stateDir: string): Promise<OpenInstallation> {
  const opened = process.env.DATABASE_URL ? await openGiven(process.env.DATABASE_URL, stateDir) : await openEmbedded(stateDir);
  process.env.SIGNER_DIR ??= path.join(stateDir, 'signer');
  process.env.VAULT_KEY_FILE ??= path.join(stateDir, 'vault', 'key-encryption-keys.json');
  process.env.ARCHIVE_DIR ??= path.join(stateDir, 'archive');
  process.env.ARCHIVE_COPIES_DIR ??= path.join(stateDir, 'archive-copies');
  try {
    await assertMigrated(opened.adminUrl, path.join(root, 'prisma/migrations'));
  } catch (error) {
    await opened.close();
    throw error;
  }
  return opened;
}

async function openGiven(url: string, stateDir: string): Promise<OpenInstallation> {
  const { adminUrl, appUrl } = givenServer(url, keepSecrets(stateDir));
  process.env.DATABASE_URL = appUrl;
  return { adminUrl, close: async () => {} };
}

async function openEmbedded(stateDir: string): Promise<OpenInstallation> {
  const dir = path.join(stateDir, 'pg');
  if (!existsSync(path.join(dir, 'PG_VERSION')) || !existsSync(path.join(stateDir, 'secrets.json')))
    throw new Error(`there is no installation in ${stateDir}, and DATABASE_URL is not set`);
  const secrets = keepSecrets(stateDir);
  const shared = signIn(stateDir);
  const letGo = await holdState(stateDir);
  let server: EmbeddedPostgres;
  try {
    server = await startPostgres({ dir, password: secrets.postgresPassword });
  } catch (error) {
    shared.signOut();
    throw error;
  } finally {
    letGo();
  }
  process.env.DATABASE_URL = withLogin(server.adminUrl(DATABASE), 'holdfast_app', secrets.appPassword);
  return {
    adminUrl: server.adminUrl(DATABASE),
    close: async () => {
      const held = await holdState(stateDir);
      // Who started it may have gone meanwhile and left it to us; one that a killed process left behind is left as it was found.
      const ours = !server.takenOver || shared.others.length > 0;
      if (shared.signOut().length === 0 && ours) server.stop();
      held();
    },
  };
}

async function assertMigrated(adminUrl: string, directory: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`);
    const applied = rows[0].there
      ? (await client.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL')).rows
      : [];
    const done = new Set(applied.map((row) => row.name));
    const missing = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !done.has(entry.name));
    if (missing.length > 0)
      throw new Error(`the database lacks ${missing.length} migrations of this version; start it once with npm start`);
  } finally {
    await client.end();
  }
}
