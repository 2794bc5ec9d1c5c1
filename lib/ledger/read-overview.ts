import 'server-only';
import type { Counted, OverviewDto } from '@/lib/schema/screens';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { countArchivedAlone } from './read-archive';
import { recordsOf } from './read-entries';
import { searchRecords } from './search-records';
import { COUNT_CAP, countMatches } from './walk-positions';

const DAY_MS = 86_400_000;
const VOLUME_DAYS = 180;
const AGENTS_SHOWN = 50;
/** A key that ends within this time wants somebody's attention. */
const EXPIRING_DAYS = 14;

/** Records by day and action, and the position up to which they are counted. */
export async function readVolume(tx: Tx, ledger: LedgerRow, now: Date): Promise<Pick<OverviewDto, 'volume' | 'volume_as_of'>> {
  const since = new Date(now.getTime() - VOLUME_DAYS * DAY_MS).toISOString().slice(0, 10);
  const until = new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10);
  const rows = await tx.$queryRaw<{ day: string; action: string; count: bigint }[]>`
    SELECT day::text, action, count FROM volume_counts
     WHERE ledger_id = ${ledger.id} AND day >= ${since}::date AND day <= ${until}::date ORDER BY day, action`;
  const progress = await countedTo(tx, ledger);
  return {
    volume: rows.map((row) => ({ ...row, count: Number(row.count) })),
    volume_as_of: progress < 0n ? null : String(progress),
  };
}

async function countedTo(tx: Tx, ledger: LedgerRow): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ counted_to: bigint }[]>`SELECT counted_to FROM volume_progress WHERE ledger_id = ${ledger.id}`;
  return row?.counted_to ?? -1n;
}

/** The busiest agents by conversations, as of the same position as the volume. */
export async function readAgents(tx: Tx, ledger: LedgerRow): Promise<OverviewDto['agents']> {
  const rows = await tx.$queryRaw<{ agent_name: string; conversations: bigint }[]>`
    SELECT agent_name, conversations FROM agent_counts WHERE ledger_id = ${ledger.id} AND agent_name <> ''
     ORDER BY conversations DESC, agent_name LIMIT ${AGENTS_SHOWN}`;
  return rows.map((row) => ({ agent_name: row.agent_name, conversations: Number(row.conversations) }));
}

/** All conversations: those that are counted, and those that began since. */
export async function countConversations(tx: Tx, ledger: LedgerRow): Promise<Counted> {
  const [sum] = await tx.$queryRaw<
    { n: bigint | null }[]
  >`SELECT sum(conversations)::bigint AS n FROM agent_counts WHERE ledger_id = ${ledger.id}`;
  const since = await countSome(
    tx,
    Prisma.sql`SELECT 1 FROM conversations WHERE ledger_id = ${ledger.id} AND first_seq > ${await countedTo(tx, ledger)}`,
  );
  return { count: Number(sum?.n ?? 0n) + since.count, exact: since.exact };
}

export async function countByState(tx: Tx, ledger: LedgerRow): Promise<{ open: Counted; with_gaps: Counted }> {
  return {
    open: await countSome(tx, Prisma.sql`SELECT 1 FROM conversations WHERE ledger_id = ${ledger.id} AND NOT ended`),
    with_gaps: await countSome(tx, Prisma.sql`SELECT 1 FROM conversations WHERE ledger_id = ${ledger.id} AND has_gap`),
  };
}

async function countSome(tx: Tx, rows: Prisma.Sql): Promise<Counted> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`SELECT count(*)::int AS n FROM (${rows} LIMIT ${COUNT_CAP + 1}) AS counted`;
  return { count: Math.min(row!.n, COUNT_CAP), exact: row!.n <= COUNT_CAP };
}

/** At least so many where records are in the archive alone. */
export async function countDenied(tx: Tx, ledger: LedgerRow, head: bigint): Promise<Counted> {
  const { count, exact } = await countMatches(tx, searchRecords(ledger, { outcome: 'denied' }), { low: 0n, high: head, older: true });
  return { count, exact: exact && (await countArchivedAlone(tx, ledger.id)) === 0 };
}

/** Failed sign-ins of the last seven days; positions of the access ledger follow our own clock, so that its newest failures are those. */
export async function countFailedSignIns(tx: Tx, access: LedgerRow, now: Date): Promise<OverviewDto['failed_sign_ins']> {
  const most = 1_000;
  const since = new Date(now.getTime() - 7 * DAY_MS).toISOString();
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*) FILTER (WHERE occurred_at >= ${since}::timestamptz)::int AS n
      FROM (SELECT occurred_at FROM ${recordsOf(access)} WHERE action = 'sign_in_failed' ORDER BY seq DESC LIMIT ${most}) AS newest`;
  return { count: row!.n, exact: row!.n < most, since };
}

export async function countKeys(tx: Tx, ledger: LedgerRow, now: Date): Promise<OverviewDto['keys']> {
  const soon = new Date(now.getTime() + EXPIRING_DAYS * DAY_MS);
  const [row] = await tx.$queryRaw<{ active: number; expiring: number; unused: number }[]>`
    SELECT count(*)::int AS active, count(*) FILTER (WHERE expires_at < ${soon})::int AS expiring,
           count(*) FILTER (WHERE last_used_at IS NULL)::int AS unused
      FROM api_keys WHERE ledger_id = ${ledger.id} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ${now})`;
  return row!;
}
