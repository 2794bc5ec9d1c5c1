import pg from 'pg';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { append, keepOutside, type Subject, sign } from './drill-world';

/** The whole database as it was before the last entries, in the place of what it has become: what restoring last night's backup does. */
export async function restoreBackup(subject: Subject): Promise<void> {
  const url = new URL(subject.world.adminUrl);
  const name = url.pathname.slice(1);
  const backup = `${name}_backup`;
  await onServer(url, (c) => c.query(`CREATE DATABASE ${c.escapeIdentifier(backup)} TEMPLATE ${c.escapeIdentifier(name)}`));
  await append(subject, 300);
  await sign(subject);
  await keepOutside(subject, 1_100n);
  await onServer(url, async (c) => {
    await c.query(`DROP DATABASE ${c.escapeIdentifier(name)} WITH (FORCE)`);
    await c.query(`ALTER DATABASE ${c.escapeIdentifier(backup)} RENAME TO ${c.escapeIdentifier(name)}`);
  });
}

/** Copying and replacing need the database to themselves. */
async function onServer(url: URL, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await closeAppenders();
  await closeDatabase();
  const server = new URL(url);
  server.pathname = '/postgres';
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
