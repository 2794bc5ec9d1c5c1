import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import type { EntryDto } from '@/lib/schema/screens';
import { Prisma } from '@/prisma/generated/client';
import { formatMicroseconds } from './append-batch';
import type { Tx } from './bounded-read';
import { decodeBody } from './decode-body';
import type { LedgerRow } from './find-ledger';

export interface Header {
  seq: bigint;
  id: string;
  received_at_us: bigint;
  conversation_seq: bigint;
  body_hash: Uint8Array;
  previous_hash: Uint8Array;
  integrity_hash: Uint8Array;
}
const HEADER = Prisma.sql`seq, id, received_at_us, conversation_seq, body_hash, previous_hash, integrity_hash`;

/** A header with its body's own words. `body`: the stored bytes, null where there are none (any more). */
export function toEntry(header: Header, body: Uint8Array | null): EntryDto {
  return {
    seq: String(header.seq),
    id: header.id,
    received_at: formatMicroseconds(header.received_at_us),
    conversation_seq: String(header.conversation_seq),
    previous_hash: toHex(header.previous_hash),
    integrity_hash: toHex(header.integrity_hash),
    body_hash: toHex(header.body_hash),
    body: body === null ? null : decodeBody(body),
  };
}

/** The last entry, null while the ledger is empty. */
export async function readHead(tx: Tx, ledgerId: number): Promise<Header | null> {
  const rows = await tx.$queryRaw<Header[]>`SELECT ${HEADER} FROM entries WHERE ledger_id = ${ledgerId} ORDER BY seq DESC LIMIT 1`;
  return rows[0] ?? null;
}

/** Entries at these positions, in the order given; a position without an entry is left out. */
export async function readEntries(tx: Tx, ledgerId: number, seqs: readonly bigint[]): Promise<EntryDto[]> {
  const found = await readStored(tx, ledgerId, seqs);
  return found.map(({ header, body }) => toEntry(header, body));
}

export async function readStored(
  tx: Tx,
  ledgerId: number,
  seqs: readonly bigint[],
): Promise<{ header: Header; body: Uint8Array | null }[]> {
  if (seqs.length === 0) return [];
  const wanted = Prisma.sql`${seqs.map(String)}::bigint[]`;
  const headers = await tx.$queryRaw<Header[]>`SELECT ${HEADER} FROM entries WHERE ledger_id = ${ledgerId} AND seq = ANY (${wanted})`;
  const bodies = await tx.$queryRaw<{ seq: bigint; body: Uint8Array }[]>`
    SELECT seq, body FROM records WHERE ledger_id = ${ledgerId} AND seq = ANY (${wanted})`;
  const headerAt = new Map(headers.map((header) => [header.seq, header]));
  const bodyAt = new Map(bodies.map((row) => [row.seq, row.body]));
  return seqs.flatMap((seq) => {
    const header = headerAt.get(seq);
    return header === undefined ? [] : [{ header, body: bodyAt.get(seq) ?? null }];
  });
}

/** By record id or by position. @returns null where this ledger has no such entry, whatever other ledgers have. */
export async function findPosition(tx: Tx, ledgerId: number, name: { id: string } | { seq: bigint }): Promise<bigint | null> {
  const where = 'id' in name ? Prisma.sql`id = ${name.id}::uuid` : Prisma.sql`seq = ${name.seq}`;
  const rows = await tx.$queryRaw<{ seq: bigint }[]>`SELECT seq FROM entries WHERE ledger_id = ${ledgerId} AND ${where}`;
  return rows[0]?.seq ?? null;
}

/** Head as the API and the screens say it. */
export function sayHead(head: Header | null): { seq: string; received_at: string; integrity_hash: string } | null {
  return (
    head && { seq: String(head.seq), received_at: formatMicroseconds(head.received_at_us), integrity_hash: toHex(head.integrity_hash) }
  );
}

/** The ledger's own partition of records, by name: see migration "reading". The number is ours, never a client's. */
export function recordsOf(ledger: Pick<LedgerRow, 'id'>): Prisma.Sql {
  if (!Number.isSafeInteger(ledger.id) || ledger.id < 1) throw new TypeError('a ledger is numbered from 1');
  return Prisma.raw(`records_l${ledger.id}`);
}
