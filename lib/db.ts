import 'server-only';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '@/prisma/generated/client';
import { env } from './env';

/**
 * The only database clients. Next bundles pages apart from the listener, so that this module can be loaded twice in one
 * process: what holds connections lives on globalThis, once.
 */
interface Clients {
  prisma?: PrismaClient;
  pools: Partial<Record<PoolName, pg.Pool>>;
}
type PoolName = 'ingest' | 'screens' | 'verification' | 'signer' | 'archive';

/**
 * Ingest has connections of its own: slow screens and long verifications never keep a record waiting. The signer keeps one for its locks, and so does who sees to the
 * legal holds of archived objects.
 */
const POOL_SIZE: Record<PoolName, number> = { ingest: 4, screens: 8, verification: 4, signer: 2, archive: 3 };

const holder = globalThis as typeof globalThis & { __holdfastClients?: Clients };
holder.__holdfastClients ??= { pools: {} };
const clients = holder.__holdfastClients;

/** Prisma on the application's role, for everything but the append path and streams. */
export function prisma(): PrismaClient {
  clients.prisma ??= new PrismaClient({
    adapter: new PrismaPg({ connectionString: readCommitted(env().DATABASE_URL), max: POOL_SIZE.screens, connectionTimeoutMillis: 5_000 }),
  });
  return clients.prisma;
}

/** Plain connections on the application's role, for streams and health; those of the archive are the pruner's. */
export function pool(name: PoolName): pg.Pool {
  const url = name === 'archive' ? env().DATABASE_PRUNER_URL : env().DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_PRUNER_URL is not set: archival needs the pruner’s role.');
  clients.pools[name] ??= newPool(url, POOL_SIZE[name], name === 'ingest' ? env().INGEST_PATIENCE_MS : undefined);
  return clients.pools[name];
}

/**
 * Who asks for holds has to see what was committed a moment ago, whatever a server, a database or a role has as its default (functions that ask refuse at another level).
 * What is not written as an address is left as it is.
 */
export function readCommitted(connectionString: string): string {
  if (!URL.canParse(connectionString)) return connectionString;
  const url = new URL(connectionString);
  const options = url.searchParams.get('options');
  url.searchParams.set('options', `${options === null ? '' : `${options} `}-c default_transaction_isolation=read\\ committed`);
  return url.href;
}

/** @param patienceMs after which a query that was never answered counts as failed: a network that swallows everything gives no error. */
function newPool(connectionString: string, max: number, patienceMs?: number): pg.Pool {
  const made = new pg.Pool({
    connectionString: readCommitted(connectionString),
    max,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(patienceMs === undefined ? {} : { query_timeout: patienceMs }),
    application_name: 'holdfast',
  });
  // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
  made.on('error', () => {});
  return made;
}

/**
 * Whether nothing was done because no connection came free: of a pool, or for a transaction of Prisma's. One that ran out later tells something else under the same code.
 */
export function isBusy(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const said = typeof message === 'string' ? message : '';
  return (
    code === 'P2024' ||
    (code === 'P2028' && said.includes('Unable to start a transaction')) ||
    said === 'timeout exceeded when trying to connect'
  );
}

/** Ends every connection of this process; for a clean stop and for tests. */
export async function closeDatabase(): Promise<void> {
  const { prisma: client, pools } = clients;
  clients.pools = {};
  delete clients.prisma;
  await Promise.all([client?.$disconnect(), ...Object.values(pools).map((p) => p.end())]);
}
