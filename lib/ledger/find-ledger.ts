import 'server-only';
import { pool, prisma } from '@/lib/db';
import { env } from '@/lib/env';
import type { LedgerKind } from '@/lib/schema/vocabulary';

export interface LedgerRow {
  id: number;
  slug: string;
  origin: string;
  kind: LedgerKind;
  name: string;
  demo: boolean;
}

/** As the table has it. */
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Ledgers never change and never go, so what was found once stays true; keyed by database for tests that change theirs. */
const known = new Map<string, LedgerRow>();
const byId = new Map<string, LedgerRow>();

export async function findLedger(slug: string): Promise<LedgerRow | null> {
  // Names come from addresses and cookies: what no ledger can be called (U+0000 for one, which no text of the database holds) is asked nobody.
  if (!SLUG.test(slug)) return null;
  const key = `${env().DATABASE_URL}#${slug}`;
  const remembered = known.get(key);
  if (remembered) return remembered;
  const row = await prisma().ledger.findUnique({ where: { slug }, omit: { created_at: true } });
  if (row) known.set(key, row as LedgerRow);
  return row as LedgerRow | null;
}

/** A ledger that exists. */
export async function ledgerById(id: number): Promise<LedgerRow> {
  const key = `${env().DATABASE_URL}#${id}`;
  const remembered = byId.get(key);
  if (remembered !== undefined) return remembered;
  // On the connections of ingest, which asks: not behind the screens', nor behind the first start of their client.
  const { rows } = await pool('ingest').query<LedgerRow>('SELECT id, slug, origin, kind, name, demo FROM ledgers WHERE id = $1', [id]);
  if (rows[0] === undefined) throw new Error(`there is no ledger ${id}`);
  byId.set(key, rows[0]);
  return rows[0];
}

/** The one ledger of what people did here. @throws Error before an installation is set up. */
export async function accessLedger(): Promise<LedgerRow> {
  const row = await findLedger('access');
  if (!row) throw new Error('There is no access ledger: this database has not been set up by `npm start`.');
  return row;
}

export async function listLedgers(): Promise<LedgerRow[]> {
  return (await prisma().ledger.findMany({ orderBy: { id: 'asc' }, omit: { created_at: true } })) as LedgerRow[];
}
