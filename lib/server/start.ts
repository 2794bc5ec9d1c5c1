import { createServer as createProbe } from 'node:net';
import path from 'node:path';
import next from 'next';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { warmUp } from '@/lib/screens/warm-up';
import { prepareVault } from '@/lib/vault/open-vault';
import { buildPages } from './build';
import type { EmbeddedPostgres } from './embedded-postgres';
import { holdState } from './hold-state';
import { keepPostgres } from './keep-postgres';
import { createListener } from './listener';
import { lookAtArchive } from './look-at-archive';
import { alone, prepareDatabase } from './prepare-database';
import { say, step } from './print';
import { setUpInstallation } from './set-up-installation';
import { signIn } from './share-postgres';
import { startWork } from './worker';

/**
 * `npm start`: database, migrations, pages, first data, service. In this order: ingest answers as soon as the database does, the pages are built
 * meanwhile, and the demo is posted through the same HTTP door that agents use.
 */
const root = process.env.HOLDFAST_ROOT ?? process.cwd();
const stateDir = path.resolve(process.env.HOLDFAST_STATE ?? path.join(root, '.holdfast'));
const flags = new Set(process.argv.slice(2));
const dev = flags.has('--dev');
const ingestOnly = flags.has('--ingest-only');
const port = readPort();

const unknown = [...flags].filter((flag) => !['--dev', '--empty', '--ingest-only'].includes(flag));
if (unknown.length > 0) fail(`Unknown option ${unknown.join(' ')}. There are --empty, --ingest-only and --dev.`);

const stops: (() => unknown)[] = [];
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
process.on('uncaughtException', (error) => {
  console.error(error);
  void stop(1);
});

try {
  await start();
} catch (error) {
  // What was under way when it was told to stop fails in its own ways, which say nothing.
  if (stopping) await new Promise(() => {});
  say('');
  say(`  Holdfast did not start: ${(error as Error).message}`);
  if (process.env.LOG_LEVEL === 'debug') console.error(error);
  await stop(1);
}

async function start(): Promise<void> {
  say('');
  say('  Holdfast');
  await assertPortFree();
  process.env.PUBLIC_URL ??= `http://localhost:${port}`;
  process.env.SIGNER_DIR ??= path.join(stateDir, 'signer');
  process.env.VAULT_KEY_FILE ??= path.join(stateDir, 'vault', 'key-encryption-keys.json');
  process.env.ARCHIVE_DIR ??= path.join(stateDir, 'archive');
  process.env.ARCHIVE_COPIES_DIR ??= path.join(stateDir, 'archive-copies');
  setNodeEnv(dev ? 'development' : 'production');

  const release = await holdState(stateDir);
  const shared = signIn(stateDir);
  let embedded: EmbeddedPostgres | null = null;
  let holding = true;
  stops.push(async () => {
    const letGo = holding ? release : await holdState(stateDir);
    releasePostgres(embedded, shared.signOut);
    letGo();
  });
  const database = await prepareDatabase(root, stateDir, (server) => {
    embedded = server;
  });
  release();
  holding = false;
  if (database.server) stops.push(keepPostgres(stateDir, database.server, database.secrets.postgresPassword));
  stops.push(closeDatabase);
  stops.push(closeAppenders);
  const warning = [...(await prepareKeys()), ...(await lookAtArchive())];

  const { server, servePages } = createListener({ pages: !ingestOnly });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  stops.push(() => closeServer(server));

  const pages = ingestOnly ? null : preparePages(server, servePages);
  // Unwatched until it is waited for: a failed build must not end the process before the stop below has run.
  pages?.catch(() => {});
  const publicUrl = process.env.PUBLIC_URL;
  const welcome = await alone(database, () =>
    setUpInstallation({ stateDir, url: `http://127.0.0.1:${port}`, publicUrl, database, empty: flags.has('--empty') }),
  );
  if (!ingestOnly) stops.push(await startWork());
  await pages;
  if (stopping) return;
  say('');
  for (const line of [...welcome, ...warning]) say(`  ${line}`);
  say('');
  say('  Ctrl-C stops everything.');
}

/** @returns what whoever starts it has to be told of the key file */
async function prepareKeys(): Promise<string[]> {
  try {
    const made = await prepareVault();
    if (made === null) return [];
    const file = path.relative(process.cwd(), made);
    return [
      '',
      `New keys for what agents say are in ${file}.`,
      'Back this file up, apart from the database: without it no words can be read again.',
    ];
  } catch (error) {
    // Everything else goes on: records without words are taken, those with words are answered 503 and stay with their senders.
    return ['', `WARNING: words can be neither sealed nor read: ${(error as Error).message}.`];
  }
}

async function preparePages(server: import('node:http').Server, serve: ReturnType<typeof createListener>['servePages']): Promise<void> {
  if (!dev) {
    const began = Date.now();
    step('looking at the pages’ build …');
    if (await buildPages(root)) step(`pages built in ${Math.round((Date.now() - began) / 1000)} s`);
  }
  // It would print the stack of each refusal; instrumentation.ts logs what is a bug.
  const app = next({ dev, dir: root, httpServer: server, port, quiet: !dev });
  await app.prepare();
  stops.push(() => app.close());
  const handle = app.getRequestHandler();
  serve((request, response) => handle(request, response));
  const drawn = dev || (await warmUp(`http://127.0.0.1:${port}`));
  step(drawn ? 'pages ready' : 'pages ready, but none could be drawn yet: the first one takes a little longer');
}

function readPort(): number {
  const value = Number(process.env.PORT ?? 3000);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) fail(`PORT must be a number from 1 to 65535; it is "${process.env.PORT}".`);
  return value;
}

async function assertPortFree(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createProbe();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new Error(`port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1} npm start`));
      else reject(new Error(`port ${port} cannot be opened (${error.code}). Choose another: PORT=8080 npm start`));
    });
    probe.listen(port, () => probe.close(() => resolve()));
  });
}

function releasePostgres(server: EmbeddedPostgres | null, signOut: () => number[]): void {
  const others = signOut();
  if (!server) return;
  if (others.length > 0) step(`PostgreSQL goes on for process ${others.join(', ')}`);
  else server.stop();
}

/** Requests that are being answered get ten seconds; idle connections none, also those that become idle meanwhile. */
async function closeServer(server: import('node:http').Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => server.closeAllConnections(), 10_000);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  const hard = setTimeout(() => process.exit(1), 30_000);
  hard.unref();
  for (const undo of stops.reverse()) {
    try {
      await undo();
    } catch (error) {
      console.error(error);
    }
  }
  process.exit(code);
}

function setNodeEnv(value: string): void {
  Object.assign(process.env, { NODE_ENV: value });
}

function fail(message: string): never {
  say(`  ${message}`);
  process.exit(1);
}
