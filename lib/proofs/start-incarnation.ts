import 'server-only';
import type pg from 'pg';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { raiseAlarm } from '@/lib/alarms/raise-alarm';
import { toBase64 } from '@/lib/chain/base64';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { CompactRange } from '@/lib/chain/compact-range';
import { HASH_BYTES } from '@/lib/chain/entry-hash';
import { EMPTY_ROOT } from '@/lib/chain/merkle';
import { formatNote } from '@/lib/chain/signed-note';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { hashLeaves } from '@/lib/ledger/hash-tile';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { readIntegrityHashes } from '@/lib/ledger/read-tree';
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

/**
 * The database cannot extend what was signed: restored from a backup, cut off, or rewritten (decision 011). Nothing more is signed under that origin; the
 * ledger goes on under the next one, and a signed statement, an entry of the access ledger and an alarm say what is known.
 * @throws SignerRefusal where the entries do extend it and only the stored tiles do not: those are made anew from the entries, not signed over.
 */
export async function startIncarnation(
  client: pg.ClientBase,
  ledger: LedgerRow,
  signer: Signer,
  ended: Incarnation,
  refusal: SignerRefusal,
  found: { size: bigint; root: Uint8Array },
): Promise<void> {
  const last = refusal.remembered!;
  await assertTilesSound(client, ledger, found, last);
  let number = ended.number + 1;
  // A backup can be older than an incarnation that the signer remembers.
  while (signer.memory.read(originOf(ledger, number)) !== null) number++;
  const origin = originOf(ledger, number);
  const text = [
    'holdfast/incarnation/v1',
    origin,
    `previous ${ended.origin} ${last.size} ${toBase64(last.root)}`,
    `found ${found.size} ${toBase64(found.root)}`,
    '',
  ].join('\n');
  const statement = formatNote(text, [signText(signer.keys.current, origin, text)]);
  const record = {
    action: 'incarnation_started' as const,
    screen: 'signer',
    resource: { type: 'ledger', id: ledger.slug },
    details: {
      origin,
      reason: refusal.code,
      signed_size: String(last.size),
      signed_root: toHex(last.root),
      found_size: String(found.size),
      found_root: toHex(found.root),
    },
  };
  await recordedChange(SYSTEM, ledger.slug, record, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO incarnations (ledger_id, number, origin, size, root, previous_size, previous_root, statement)
      VALUES (${ledger.id}, ${number}, ${origin}, ${found.size}, ${Buffer.from(found.root)}, ${last.size}, ${Buffer.from(last.root)}, ${Buffer.from(statement)})`;
  });
  const missing =
    last.size > found.size ? `, ${last.size - found.size} fewer than were signed` : ', and they are not those that were signed';
  await raiseAlarm(ledger.id, 'new_incarnation', String(number), {
    say: `This ledger has ${found.size} entries${missing}: it was restored from a backup, or somebody changed it. It goes on as ${origin}.`,
    signed_size: String(last.size),
    found_size: String(found.size),
  });
}

function originOf(ledger: LedgerRow, number: number): string {
  return `${ledger.origin}/incarnations/${number}`;
}

/** Throws TreeDamaged too, where entries are missing. Reads every entry, which is worth it: a new name for a ledger is not given because of a damaged tile. */
async function assertTilesSound(
  client: pg.ClientBase,
  ledger: LedgerRow,
  found: { size: bigint; root: Uint8Array },
  last: { size: bigint; root: Uint8Array },
): Promise<void> {
  const range = new CompactRange(nodeSha256);
  while (range.size < found.size) {
    const to = range.size + PAGE < found.size ? range.size + PAGE : found.size;
    const stop = range.size < last.size && last.size < to ? last.size : to;
    const leaves = hashLeaves(await readIntegrityHashes(client, ledger.id, range.size, Number(stop - range.size)));
    for (let at = 0; at < leaves.length; at += HASH_BYTES) range.append(leaves.subarray(at, at + HASH_BYTES));
    if (range.size === last.size && equalBytes(range.root(), last.root))
      throw damaged('The stored tiles of the tree do not agree with its entries, which do extend what was signed');
  }
  if (!equalBytes(range.root(), found.root)) throw damaged('The stored tiles of the tree do not agree with its entries');
  const { rowCount } = await client.query('SELECT FROM tree_tiles WHERE ledger_id = $1 AND level = 0 AND tile >= $2 LIMIT 1', [
    ledger.id,
    String(found.size >> 8n),
  ]);
  if (rowCount !== 0) throw damaged('There are tiles of the tree beyond the ledger’s last entry');
}

function damaged(what: string): SignerRefusal {
  return new SignerRefusal(
    'inconsistent',
    `${what}; nothing is signed. Run npm run fsck, which says what is broken and can make the tiles anew.`,
    null,
  );
}
