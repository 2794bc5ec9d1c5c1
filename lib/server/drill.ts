import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { log } from '@/lib/log';
import { enableLogins, withLogin } from './database-roles';
import { DETECTORS } from './drills/detectors';
import { drillPage, HEADS } from './drills/drill-page';
import { runDrills } from './drills/run-drills';
import { type EmbeddedPostgres, startPostgres } from './embedded-postgres';
import { migrate } from './migrate';
import { say } from './print';

/**
 * `npm run drill`: every attack of docs/drills.md, as a superuser, on a database of its own that is thrown away; prints who found it, where and in how long,
 * and writes that page. Ends with 1 where an attack was not found by exactly those who must find it, 2 where the drills could not be made.
 */
const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const dir = path.join(root, '.holdfast', `drill-${process.pid}`);
const DATABASE = 'drill';

process.exitCode = await main();

async function main(): Promise<number> {
  let server: EmbeddedPostgres | null = null;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    server = await startPostgres({ dir: path.join(dir, 'pg'), password: 'drill', settings: ['fsync=off'] });
    const adminUrl = await prepare(server);
    const rows = await runDrills({ adminUrl }, ({ attack, findings, asExpected }) => {
      say('');
      say(`  ${asExpected ? '' : 'NOT AS EXPECTED: '}${attack.name}`);
      for (const detector of DETECTORS) {
        const { found, ms } = findings[detector];
        say(`    ${HEADS[detector].padEnd(13)} ${found === null ? '–' : `${found} (${Math.round(ms)} ms)`}`);
      }
    });
    writeFileSync(path.join(root, 'docs/drills.md'), drillPage(rows, new Date().toISOString().slice(0, 10)));
    const wrong = rows.filter(({ asExpected }) => !asExpected).length;
    say('');
    say(
      wrong === 0
        ? `  ${rows.length - 1} attacks, each found by those who must find it. Written to docs/drills.md.`
        : `  ${wrong} not as expected.`,
    );
    return wrong === 0 ? 0 : 1;
  } catch (error) {
    say('');
    say(`  The drills could not be made: ${(error as Error).message}`);
    return 2;
  } finally {
    await closeAppenders().catch(() => {});
    await closeDatabase().catch(() => {});
    server?.stop('immediate');
    rmSync(dir, { recursive: true, force: true });
  }
}

async function prepare(server: EmbeddedPostgres): Promise<string> {
  await query(server.adminUrl('postgres'), `CREATE DATABASE ${DATABASE}`);
  const adminUrl = server.adminUrl(DATABASE);
  await migrate(adminUrl, path.join(root, 'prisma/migrations'));
  await enableLogins(adminUrl, { holdfast_app: 'drill' });
  await query(adminUrl, `SELECT create_ledger('access', 'drill.example/ledgers/access', 'access', 'Access log', false)`);
  // Of the operator's own installation nothing may be reached from here.
  for (const name of ['DATABASE_ADMIN_URL', 'DATABASE_JOBS_URL', 'SIGNER_KEY_FILE', 'SIGNER']) delete process.env[name];
  process.env.DATABASE_URL = withLogin(adminUrl, 'holdfast_app', 'drill');
  process.env.SIGNER_DIR = path.join(dir, 'signer');
  // Refusals of the signer are what is asked for here.
  log.level = 'silent';
  return adminUrl;
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
