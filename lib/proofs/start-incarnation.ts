import 'server-only';
import type pg from 'pg';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { raiseAlarm } from '@/lib/alarms/raise-alarm';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { CompactRange } from '@/lib/chain/compact-range';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { formatIncarnationStatement } from '@/lib/chain/incarnation-statement';
import { EMPTY_ROOT } from '@/lib/chain/merkle';
import { formatNote } from '@/lib/chain/signed-note';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { hashLeaves } from '@/lib/ledger/hash-tile';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { readIntegrityHashes } from '@/lib/ledger/read-tree';
import { log } from '@/lib/log';
import { type Signer, SignerRefusal } from '@/lib/signer/sign-checkpoint';
import { signText } from '@/lib/signer/sign-note';
import { type Incarnation, presentIncarnation } from './read-signing';

const PAGE = 65_536n;

/** Number 1, under the ledger's own origin. */
export async function beginFirst(client: pg.ClientBase, ledger: LedgerRow): Promise<Incarnation> {
  await client.query('INSERT INTO incarnations (ledger_id, number, origin, size, root) VALUES ($1, 1, $2, 0, $3) ON CONFLICT DO NOTHING', [
    ledger.id,
    ledger.origin,
    Buffer.from(EMPTY_ROOT),
  ]);
  return (await presentIncarnation(ledger.id, client))!;
}

export interface Ending {
  /** rollback, fork, inconsistent: what the signer refused. forgotten: the signer remembers a later incarnation than the database does. adopted: an operator's word. */
  reason: 'rollback' | 'fork' | 'inconsistent' | 'forgotten' | 'adopted';
  /** The last tree that is known to have been signed. */
  last: { origin: string; size: bigint; root: Uint8Array };
  because?: string;
}

/**
 * The database cannot extend what was signed: restored from a backup, cut off, or rewritten (decision 011). Nothing more is signed under that origin; the
 * ledger goes on under the next one, and a signed statement, an entry of the access ledger and an alarm say what is known. The same where nobody knows any
 * more what was signed last: under a new name nothing can contradict it.
 *
 * The row, the entry and the end of the old keys are one transaction. Killed before it, the next step finds the same and does the same; after it, the
 * next step finds an incarnation without a checkpoint, sees to the alarm, and signs its first.
 * @throws SignerRefusal where the entries do extend it and only the stored tiles do not: those are made anew from the entries, not signed over.
 */
export async function startIncarnation(
  client: pg.ClientBase,
  ledger: LedgerRow,
  { keys, memory }: Signer,
  ended: Incarnation,
  { reason, last, because }: Ending,
  found: { size: bigint; root: Uint8Array },
): Promise<void> {
  await makeTilesSound(client, ledger, found, reason === 'adopted' || reason === 'forgotten' ? null : last);
  let number = ended.number + 1;
  // A backup can be older than an incarnation that the signer remembers.
  while (memory.read(originOf(ledger, number)) !== null) number++;
  const origin = originOf(ledger, number);
  const text = formatIncarnationStatement({ origin, previous: last, found });
  const statement = formatNote(text, [signText(keys.next ?? keys.current, origin, text)]);
  const remembered = memory.read(ended.origin)?.size;
  // Where the memory is older than what was kept, what was kept counts.
  const endedAt = remembered === undefined || (last.origin === ended.origin && last.size > remembered) ? last.size : remembered;
  const record = {
    action: 'incarnation_started' as const,
    screen: 'signer',
    resource: { type: 'ledger', id: ledger.slug },
    details: {
      origin,
      reason,
      previous_origin: last.origin,
      signed_size: String(last.size),
      signed_root: toHex(last.root),
      found_size: String(found.size),
      found_root: toHex(found.root),
      ended_origin: ended.origin,
      ended_size: String(endedAt),
      ...(because === undefined ? {} : { because }),
    },
  };
  await recordedChange(SYSTEM, ledger.slug, record, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO incarnations (ledger_id, number, origin, size, root, previous_size, previous_root, statement)
      VALUES (${ledger.id}, ${number}, ${origin}, ${found.size}, ${Buffer.from(found.root)}, ${last.size}, ${Buffer.from(last.root)}, ${Buffer.from(statement)})`;
    // What is signed with these keys under the old name from now on is no checkpoint of this ledger. By no row of checkpoints: whoever invents one there would
    // stretch what the keys count for.
    await tx.$executeRaw`
      UPDATE signer_keys SET to_size = greatest(from_size, ${endedAt}) WHERE ledger_id = ${ledger.id} AND incarnation = ${ended.number} AND to_size IS NULL`;
  });
  await tellIncarnation(ledger, number, client);
}

/** Raises the alarm of a later incarnation unless there is or was one: a person settles it, once. */
export async function tellIncarnation(ledger: LedgerRow, number: number, client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ origin: string; size: string; previous_size: string; told: boolean }>(
    `SELECT origin, size, previous_size,
            EXISTS (SELECT FROM alarms WHERE ledger_id = $1 AND kind = 'new_incarnation' AND subject = $2::text) AS told
       FROM incarnations WHERE ledger_id = $1 AND number = $3 AND previous_size IS NOT NULL`,
    [ledger.id, String(number), number],
  );
  const [row] = rows;
  if (row === undefined || row.told) return;
  const [found, signed] = [BigInt(row.size), BigInt(row.previous_size)];
  const what =
    signed > found
      ? `This ledger has ${found} entries, ${signed - found} fewer than were signed: it was restored from a backup, or somebody cut it off.`
      : `The ${found} entries of this ledger do not continue the ${signed} that were signed before, or the signer no longer knows whether they do: it was restored from a backup, or changed, or the signer’s memory was lost.`;
  await raiseAlarm(ledger.id, 'new_incarnation', String(number), {
    say: `${what} It goes on as ${row.origin}.`,
    signed_size: String(signed),
    found_size: String(found),
  });
}

export function originOf(ledger: LedgerRow, number: number): string {
  return `${ledger.origin}/incarnations/${number}`;
}

/** Tiles beyond the end go; any that are not the entries' are refused. Throws TreeDamaged too, where entries are missing. `last`: a tree that the entries must not extend. Reads every entry, which is worth it: a new name for a ledger is not given because of a damaged tile. */
async function makeTilesSound(
  client: pg.ClientBase,
  ledger: LedgerRow,
  found: { size: bigint; root: Uint8Array },
  last: { size: bigint; root: Uint8Array } | null,
): Promise<void> {
  const range = new CompactRange(nodeSha256);
  while (range.size < found.size) {
    const to = range.size + PAGE < found.size ? range.size + PAGE : found.size;
    const stop = last !== null && range.size < last.size && last.size < to ? last.size : to;
    const leaves = hashLeaves(await readIntegrityHashes(client, ledger.id, range.size, Number(stop - range.size)));
    for (let at = 0; at < leaves.length; at += HASH_BYTES) range.append(leaves.subarray(at, at + HASH_BYTES));
    if (range.size === last?.size && equalBytes(range.root(), last.root))
      throw damaged('The stored tiles of the tree do not agree with its entries, which do extend what was signed');
  }
  if (!equalBytes(range.root(), found.root)) throw damaged('The stored tiles of the tree do not agree with its entries');
  // What is left of a cut-off end is no part of the tree that goes on; that there was more, the statement says, and the alarm.
  const { rows } = await client.query<{ dropped: string }>('SELECT drop_tiles_beyond($1) AS dropped', [ledger.id]);
  if (rows[0].dropped !== '0') log.warn({ ledger: ledger.slug, tiles: rows[0].dropped }, 'tiles beyond the last entry were taken away');
}

function damaged(what: string): SignerRefusal {
  return new SignerRefusal(
    'inconsistent',
    `${what}; nothing is signed. Run npm run fsck, which says what is broken and can make the tiles anew.`,
    null,
  );
}
