import 'server-only';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { indexRegistry, type RegistryIndex } from '@/lib/policy/registry-match';
import type { Registry, RegistryEntry } from '@/lib/schema/registry';

/** For so long a registry is taken as the one in force; longer, for as long as it takes to look, and then never. */
const FRESH_MS = 1_000;
const STALE_MS = 10_000;

interface Held {
  registry: Registry;
  index: RegistryIndex;
  at: number;
  looking: Promise<Held> | null;
}

const holder = globalThis as typeof globalThis & { __holdfastRegistries?: Map<string, Held> };
holder.__holdfastRegistries ??= new Map();
const held = holder.__holdfastRegistries;
const keyOf = (ledgerId: number) => `${env().DATABASE_URL}#${ledgerId}`;

/**
 * The registry in force, ready for look-ups: kept in memory and compared with the table once a second, so that a change counts in every process within two seconds,
 * and at once in the one that made it.
 * @throws Error where the database does not answer and what is known is too old
 */
export async function registryInForce(ledgerId: number): Promise<RegistryIndex> {
  const known = held.get(keyOf(ledgerId));
  const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.at;
  if (known && age < FRESH_MS) return known.index;
  if (known && age < STALE_MS) {
    look(ledgerId, known).catch(() => {});
    return known.index;
  }
  return (await look(ledgerId, known)).index;
}

/** After a change: the next record is judged by what is in the table. */
export function forgetRegistry(ledgerId: number): void {
  held.delete(keyOf(ledgerId));
}

/** Several who need it at once look once. */
function look(ledgerId: number, known: Held | undefined): Promise<Held> {
  if (known?.looking) return known.looking;
  const key = keyOf(ledgerId);
  const looking = (async () => {
    const at = performance.now();
    const newest = await readRegistry(ledgerId, known?.registry);
    const next: Held = { registry: newest, index: known?.registry === newest ? known.index : indexRegistry(newest), at, looking: null };
    // Unless it was forgotten meanwhile: then what was read may be older than the change.
    if (known === undefined || held.get(key) === known) held.set(key, next);
    return next;
  })();
  if (known === undefined) return looking;
  known.looking = looking.finally(() => {
    known.looking = null;
  });
  return known.looking;
}

/** @param known is returned itself where it is still the newest. */
async function readRegistry(ledgerId: number, known: Registry | undefined): Promise<Registry> {
  const { rows } = await pool('ingest').query<{ version: number; entries: RegistryEntry[] | null }>(
    `SELECT version, CASE WHEN version <> $2 THEN entries END AS entries FROM registry_versions WHERE ledger_id = $1 ORDER BY version DESC LIMIT 1`,
    [ledgerId, known?.version ?? 0],
  );
  if (rows[0] === undefined) return known?.version === 0 ? known : { version: 0, entries: [] };
  if (rows[0].entries === null && known !== undefined) return known;
  return { version: rows[0].version, entries: rows[0].entries ?? [] };
}
