import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { entryHash } from '@/lib/chain/entry-hash';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { sealTree } from '@/lib/ledger/seal-tree';
import { attack, SIZE, type Subject, sign } from './drill-world';

/** Another word in a body, and in the column beside it. */
export function edit(c: pg.Client, { ledger }: Subject, seq: number): Promise<unknown> {
  return c.query(
    `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), '"patient_record"', '"invoice"'), 'UTF8'), resource_type = 'invoice'
      WHERE ledger_id = $1 AND seq = $2`,
    [ledger.id, seq],
  );
}

/** Entries and records from `size` on are gone, and the list of conversations says nothing of them. */
export async function cut(c: pg.Client, { ledger }: Subject, size: number): Promise<void> {
  for (const table of ['entries', 'records']) await c.query(`DELETE FROM ${table} WHERE ledger_id = $1 AND seq >= $2`, [ledger.id, size]);
  await c.query('DELETE FROM conversations WHERE ledger_id = $1 AND first_seq >= $2', [ledger.id, size]);
  await c.query(
    `UPDATE conversations c SET (record_count, last_seq) = (SELECT count(*), max(seq) FROM records r WHERE r.ledger_id = $1 AND r.conversation_id = c.conversation_id)
      WHERE ledger_id = $1`,
    [ledger.id],
  );
}

/** What earlier runs wrote down is gone too. */
export async function forgetRuns(c: pg.Client, { ledger }: Subject): Promise<void> {
  await c.query('DELETE FROM verification_breaks WHERE verification_id IN (SELECT id FROM verifications WHERE ledger_id = $1)', [
    ledger.id,
  ]);
  await c.query('DELETE FROM verifications WHERE ledger_id = $1', [ledger.id]);
}

/** Hashes of entries `from` … `to` anew, each on the one before, as if what stands there had been appended. */
export async function rehash(c: pg.Client, { ledger }: Subject, from: number, to: number): Promise<void> {
  const { rows } = await c.query<{ seq: string; received_at_us: string; conversation_seq: string; integrity_hash: Buffer; body: Buffer }>(
    `SELECT e.seq, e.received_at_us, e.conversation_seq, e.integrity_hash, r.body FROM entries e JOIN records r USING (ledger_id, seq)
      WHERE e.ledger_id = $1 AND e.seq BETWEEN $2 AND $3 ORDER BY e.seq`,
    [ledger.id, from - 1, to],
  );
  let previous: Uint8Array = rows[0].integrity_hash;
  const made = rows.slice(1).map((row) => {
    const bodyHash = nodeSha256(row.body);
    const header = {
      seq: BigInt(row.seq),
      receivedAtUs: BigInt(row.received_at_us),
      conversationSeq: BigInt(row.conversation_seq),
      previousHash: previous,
      bodyHash,
    };
    const integrity = entryHash(header, nodeSha256);
    const result = { seq: row.seq, previous, bodyHash, integrity };
    previous = integrity;
    return result;
  });
  const column = (pick: (one: (typeof made)[number]) => Uint8Array) => made.map((one) => Buffer.from(pick(one)));
  await c.query(
    `UPDATE entries e SET previous_hash = n.p, body_hash = n.b, integrity_hash = n.i
       FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) AS n (s, p, b, i) WHERE e.ledger_id = $1 AND e.seq = n.s`,
    [ledger.id, made.map(({ seq }) => seq), column((one) => one.previous), column((one) => one.bodyHash), column((one) => one.integrity)],
  );
}

export async function rewriteWithTiles(subject: Subject): Promise<void> {
  await attack(subject, async (c) => {
    await edit(c, subject, 200);
    await rehash(c, subject, 200, SIZE - 1);
    await c.query('DELETE FROM tree_tiles WHERE ledger_id = $1', [subject.ledger.id]);
  });
  while (!(await sealTree(pool('verification'), subject.ledger.id, BigInt(SIZE))).done);
}

/** The file in which the signer keeps what it signed last under this origin. */
export function forgetSigned({ ledger }: Subject): void {
  const dir = path.join(env().SIGNER_DIR!, 'memory');
  for (const name of readdirSync(dir).filter((one) => one.endsWith('.json'))) {
    const file = path.join(dir, name);
    if (JSON.parse(readFileSync(file, 'utf8')).origin === ledger.origin) rmSync(file);
  }
}

/** A new history, signed with the true keys by a signer that remembers no other. */
export async function ownEverything(subject: Subject): Promise<void> {
  await rewriteWithTiles(subject);
  await attack(subject, async (c) => {
    for (const table of ['checkpoints', 'signer_keys', 'incarnations'])
      await c.query(`DELETE FROM ${table} WHERE ledger_id = $1`, [subject.ledger.id]);
    await forgetRuns(c, subject);
  });
  forgetSigned(subject);
  const step = await sign(subject);
  if (step.kind !== 'signed') throw new Error(`the drill could not sign a new history: ${step.kind}`);
}
