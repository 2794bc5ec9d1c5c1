import 'server-only';
import type { EntryDto } from '@/lib/schema/screens';
import type { GoverningAction } from '@/lib/schema/vocabulary';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { nodeSha256 } from './node-sha256';
import { readStored, toEntry } from './read-entries';
import { searchRecords } from './search-records';
import { walkPositions } from './walk-positions';

/** What governs is kept when it is archived (migration "kept_for_good"). */
export interface Governing {
  action: GoverningAction;
  agent?: string;
}

/** The newest of an action, and of an agent where one is named, at or below a position: those of the database and those that have left it. Newest first. */
export async function newestGoverning(tx: Tx, ledger: LedgerRow, which: Governing, high: bigint, wanted: number): Promise<EntryDto[]> {
  const { seqs } = await walkPositions(tx, searchRecords(ledger, which), { low: 0n, high, older: true }, wanted);
  const kept = await tx.$queryRaw<{ seq: bigint; body: Uint8Array }[]>`
    SELECT seq, body FROM governing_records WHERE ${keptOf(ledger, which)} AND seq <= ${high} ORDER BY seq DESC LIMIT ${wanted}`;
  const bodies = new Map(kept.map(({ seq, body }) => [seq, body]));
  const merged = [...new Set([...seqs, ...bodies.keys()])].sort((a, b) => (a > b ? -1 : 1)).slice(0, wanted);
  return (await readStored(tx, ledger.id, merged)).map(({ header, body }) => {
    const own = bodies.get(header.seq);
    // Only what its entry names is believed.
    const sound = body === null && own !== undefined && Buffer.from(header.body_hash).equals(nodeSha256(own));
    return toEntry(header, sound ? own : body);
  });
}

/** The position of the first behind another, null where there is none. */
export async function nextGoverning(tx: Tx, ledger: LedgerRow, which: Governing, behind: bigint): Promise<bigint | null> {
  const { seqs } = await walkPositions(tx, searchRecords(ledger, which), { low: behind + 1n, high: 2n ** 62n, older: false }, 1);
  const [kept] = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT seq FROM governing_records WHERE ${keptOf(ledger, which)} AND seq > ${behind} ORDER BY seq LIMIT 1`;
  const [first] = seqs;
  if (first === undefined || kept === undefined) return first ?? kept?.seq ?? null;
  return first < kept.seq ? first : kept.seq;
}

function keptOf(ledger: LedgerRow, { action, agent }: Governing): Prisma.Sql {
  const own = Prisma.sql`ledger_id = ${ledger.id} AND action = ${action}`;
  return agent === undefined ? own : Prisma.sql`${own} AND agent_name = ${agent}`;
}
