import 'server-only';
import type pg from 'pg';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { type KeyPair, verifierKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { HEARTBEAT_MS } from './pace';
import type { Incarnation, KeptCheckpoint } from './read-signing';

/** After so long without a checkpoint the signer that made the last ones counts as gone. */
const SILENT_MS = 3 * HEARTBEAT_MS;
export const KINDS = ['ed25519', 'ml-dsa-44'] as const;

export type Standing = { kind: 'ours'; rotating: boolean } | { kind: 'another_signs' } | { kind: 'not_ours'; say: string };

/** Whether this machine's signer is the ledger's: its keys are in force there, and its memory goes as far as what was signed. */
export async function findStanding(
  client: pg.ClientBase,
  ledgerId: number,
  incarnation: Incarnation,
  { keys, memory }: Signer,
  own: KeptCheckpoint | null,
  now: Date,
): Promise<Standing> {
  const { rows } = await client.query<{ vkey: string }>(
    'SELECT vkey FROM signer_keys WHERE ledger_id = $1 AND incarnation = $2 AND to_size IS NULL',
    [ledgerId, incarnation.number],
  );
  const inForce = new Set(rows.map((row) => row.vkey));
  const holds = (pair: KeyPair) => verifierKeys(pair, incarnation.origin).every((key) => inForce.has(formatVerifierKey(key)));
  const last = memory.read(incarnation.origin);
  if (inForce.size === 0 && own === null) return { kind: 'ours', rotating: false };
  const known = holds(keys.current) || (keys.next !== null && holds(keys.next));
  if (known && last !== null && (own === null || last.timestamp * 1000n >= BigInt(own.signedAt.getTime())))
    return { kind: 'ours', rotating: keys.next !== null };
  if (last === null && own !== null && now.getTime() - own.signedAt.getTime() < SILENT_MS && !known) return { kind: 'another_signs' };
  return { kind: 'not_ours', say: sayWhy(known, last !== null) };
}

function sayWhy(known: boolean, remembers: boolean): string {
  const what = !known
    ? 'The signer on this machine holds other keys than those that signed this ledger'
    : remembers
      ? 'The signer’s memory is older than what was signed'
      : 'The signer’s memory of this ledger is lost';
  return `${what}; nothing is signed. Restore the signer’s folder from its copy, set SIGNER=off where another machine signs, or take the ledger over: npm run signer -- adopt.`;
}

/** What the keys of a first checkpoint are called, and from which size they count. */
export async function introduceKeys(
  client: Pick<pg.ClientBase, 'query'>,
  ledgerId: number,
  incarnation: Incarnation,
  pair: KeyPair,
  fromSize: bigint,
): Promise<void> {
  for (const [i, key] of verifierKeys(pair, incarnation.origin).entries())
    await client.query(
      'INSERT INTO signer_keys (ledger_id, incarnation, vkey, kind, from_size) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [ledgerId, incarnation.number, formatVerifierKey(key), KINDS[i], String(fromSize)],
    );
}

/** The checkpoint of this size bears both signatures: from it on the new keys count, up to it the old ones. An entry of the access ledger says so. */
export async function settleRotation(ledger: LedgerRow, incarnation: Incarnation, { keys }: Signer, size: bigint): Promise<void> {
  if (keys.next !== null) await replaceKeys(ledger, incarnation, keys.next, size, { change: 'rotated' });
}

/** The keys in force end, those of the pair begin; both at this size, in one transaction with the entry that says so. */
export async function replaceKeys(
  ledger: LedgerRow,
  incarnation: Incarnation,
  pair: KeyPair,
  size: bigint,
  details: Record<string, string>,
): Promise<void> {
  const keys = verifierKeys(pair, incarnation.origin).map(formatVerifierKey);
  const record = {
    action: 'signer_key_rotated' as const,
    screen: 'signer',
    resource: { type: 'ledger', id: ledger.slug },
    details: { ...details, origin: incarnation.origin, size: String(size), ed25519: keys[0] },
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
