import 'server-only';
import type pg from 'pg';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { NoteError } from '@/lib/chain/note-error';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { type KeyPair, verifierKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import type { Remembered } from '@/lib/signer/signer-memory';
import type { Incarnation, KeptCheckpoint } from './read-signing';

export const KINDS = ['ed25519', 'ml-dsa-44'] as const;

export interface Ours {
  kind: 'ours';
  /** Who signs the next checkpoint: at a hand-over the old pair and the new one. */
  by: KeyPair[];
  /** The ledger names no key under this incarnation yet. */
  fresh: boolean;
  last: Remembered | null;
}
export type Standing = Ours | { kind: 'not_ours'; say: string };

/** Whether this machine's signer is the ledger's: its keys are in force there, and its memory goes as far as what was signed. */
export async function findStanding(
  client: pg.ClientBase,
  ledgerId: number,
  incarnation: Incarnation,
  { keys, memory }: Signer,
  own: KeptCheckpoint | null,
): Promise<Standing> {
  const { rows } = await client.query<{ vkey: string }>(
    'SELECT vkey FROM signer_keys WHERE ledger_id = $1 AND incarnation = $2 AND to_size IS NULL',
    [ledgerId, incarnation.number],
  );
  const inForce = new Set(rows.map((row) => row.vkey));
  const holds = (pair: KeyPair | null) =>
    pair !== null && verifierKeys(pair, incarnation.origin).every((key) => inForce.has(formatVerifierKey(key)));
  const last = memory.read(incarnation.origin);
  const { current, next } = keys;
  if (inForce.size === 0 && own === null) return { kind: 'ours', by: [next ?? current], fresh: true, last };
  const by = holds(next) ? [next!] : holds(current) ? [current, ...(next === null ? [] : [next])] : null;
  if (by !== null && last !== null && goesAsFar(last, own, incarnation, keys)) return { kind: 'ours', by, fresh: false, last };
  return { kind: 'not_ours', say: sayWhy(by !== null, last !== null) };
}

/**
 * What the memory has is what the store has, or later: signed, and not kept yet. A checkpoint that is beyond the memory and that these keys did sign shows that
 * the memory is an old copy. One that they did not sign is somebody's invention, which a verification names: it stops nobody from going on.
 */
function goesAsFar(last: Remembered, own: KeptCheckpoint | null, { origin }: Incarnation, { current, next }: Signer['keys']): boolean {
  if (own === null || own.note === last.note) return true;
  const signedAt = BigInt(Math.floor(own.signedAt.getTime() / 1000));
  if (last.size > own.size || (last.size === own.size && last.timestamp >= signedAt)) return true;
  try {
    openCheckpoint(
      own.note,
      [current, ...(next === null ? [] : [next])].flatMap((pair) => verifierKeys(pair, origin)),
      origin,
    );
    return false;
  } catch (error) {
    // Half of what these keys sign is theirs all the same: a line that was taken off makes no invention of it.
    return !(error instanceof NoteError && error.code === 'half_signed');
  }
}

function sayWhy(known: boolean, remembers: boolean): string {
  const what = !known
    ? 'The signer on this machine holds other keys than those that signed this ledger'
    : remembers
      ? 'The signer’s memory is older than what was signed'
      : 'The signer’s memory of this ledger is lost';
  return `${what}; nothing is signed. Restore the signer’s folder from its newest copy, set SIGNER=off where another machine signs, or let the ledger go on under a new name: npm run signer -- adopt.`;
}

/** The keys of a first checkpoint, named by the ledger from its first entry on. */
export async function introduceKeys(
  client: Pick<pg.ClientBase, 'query'>,
  ledgerId: number,
  incarnation: Incarnation,
  pair: KeyPair,
): Promise<void> {
  // Both or none: half a pair in force is nobody's.
  await client.query(
    `INSERT INTO signer_keys (ledger_id, incarnation, vkey, kind, from_size) SELECT $1, $2, k.vkey, k.kind, 0 FROM unnest($3::text[], $4::text[]) AS k (vkey, kind)
     ON CONFLICT DO NOTHING`,
    [ledgerId, incarnation.number, verifierKeys(pair, incarnation.origin).map(formatVerifierKey), KINDS],
  );
}

/**
 * The last step of a hand-over: the checkpoint of this size bears the signatures of both pairs. From it on the new keys count, up to it the old ones; an entry
 * of the access ledger says so, in the same transaction.
 */
export async function replaceKeys(ledger: LedgerRow, incarnation: Incarnation, pair: KeyPair, size: bigint): Promise<void> {
  const keys = verifierKeys(pair, incarnation.origin).map(formatVerifierKey);
  const record = {
    action: 'signer_key_rotated' as const,
    screen: 'signer',
    resource: { type: 'ledger', id: ledger.slug },
    details: { origin: incarnation.origin, size: String(size), ed25519: keys[0] },
  };
  await recordedChange(SYSTEM, ledger.slug, record, async (tx) => {
    await tx.$executeRaw`
      UPDATE signer_keys SET to_size = ${size} WHERE ledger_id = ${ledger.id} AND incarnation = ${incarnation.number} AND to_size IS NULL AND vkey <> ALL (${keys})`;
    for (const [i, vkey] of keys.entries())
      await tx.$executeRaw`
        INSERT INTO signer_keys (ledger_id, incarnation, vkey, kind, from_size) VALUES (${ledger.id}, ${incarnation.number}, ${vkey}, ${KINDS[i]}, ${size})
        ON CONFLICT DO NOTHING`;
  });
}
