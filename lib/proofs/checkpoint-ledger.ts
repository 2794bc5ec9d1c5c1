import 'server-only';
import type pg from 'pg';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { equalBytes } from '@/lib/chain/bytes';
import { proveConsistency, treeRoot } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import { sealTree } from '@/lib/ledger/seal-tree';
import { log } from '@/lib/log';
import { type Signer, SignerRefusal, signCheckpoint } from '@/lib/signer/sign-checkpoint';
import type { Remembered } from '@/lib/signer/signer-memory';
import { adoptIfAsked } from './adopt-ledger';
import { findStanding, introduceKeys, settleRotation } from './ledger-keys';
import type { Pace } from './pace';
import { type Incarnation, type KeptCheckpoint, ledgerSize, newestKept, presentIncarnation } from './read-signing';
import { beginFirst, startIncarnation } from './start-incarnation';

/** First key of the advisory lock under which a ledger is signed; the second is the ledger. */
const SIGN_LOCK = 1212435542;

export type Step =
  | { kind: 'signed'; size: bigint; number: bigint }
  /** Nothing is due. */
  | { kind: 'nothing' }
  /** Another process signs this ledger at this moment. */
  | { kind: 'busy' }
  /** Another machine's signer signs this ledger. */
  | { kind: 'standing_by' }
  | { kind: 'refused'; say: string };

/**
 * One look at one ledger, and a checkpoint where one is due: full tiles → root → signature → kept. Cost O(log n) beside two hashes for each new entry.
 *
 * Killed anywhere, the next step goes on: tiles that were sealed are there; a signature that was remembered and not kept is kept before anything else is
 * signed; one that was kept is found. So every note that ever left is one that the signer's memory knows, and each extends the one before.
 */
export async function checkpointLedger(ledger: LedgerRow, signer: Signer, pace: Pace, now: Date = new Date()): Promise<Step> {
  const db = pool('signer');
  const [size, newest] = [await ledgerSize(ledger.id, db), await newestKept(ledger.id, db)];
  const due = pace.isDue(now.getTime(), newest?.signedAt.getTime() ?? null, size !== newest?.size);
  if (!due && signer.keys.next === null) return { kind: 'nothing' };
  return underLock(ledger.id, async (client) => {
    try {
      const step = await signStep(client, ledger, signer, now, due);
      if (step.kind === 'signed') {
        pace.spend(now.getTime());
        await endAlarm(ledger.id, 'signer_refused', '');
      }
      return step;
    } catch (error) {
      if (error instanceof SignerRefusal) return refuse(ledger, error.message);
      if (!(error instanceof TreeDamaged) && (error as { code?: string }).code !== 'HF003') throw error;
      return refuse(ledger, `${(error as Error).message}; nothing is signed. Run npm run fsck, which says what is broken.`);
    }
  });
}

async function underLock(ledgerId: number, work: (client: pg.ClientBase) => Promise<Step>): Promise<Step> {
  const client = await pool('signer').connect();
  let failed: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', [SIGN_LOCK, ledgerId]);
    if (!rows[0].mine) return { kind: 'busy' };
    const step = await work(client);
    await client.query('SELECT pg_advisory_unlock($1, $2)', [SIGN_LOCK, ledgerId]);
    return step;
  } catch (error) {
    // The connection is thrown away, and the lock with it.
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

async function signStep(client: pg.ClientBase, ledger: LedgerRow, signer: Signer, now: Date, due: boolean): Promise<Step> {
  const newest = await newestKept(ledger.id, client);
  const incarnation = (await presentIncarnation(ledger.id, client)) ?? (await beginFirst(client, ledger));
  const own = newest?.incarnation === incarnation.number ? newest : null;
  const standing = await findStanding(client, ledger.id, incarnation, signer, own, now);
  if (standing.kind === 'another_signs') return { kind: 'standing_by' };
  if (standing.kind === 'not_ours') {
    if (await adoptIfAsked(client, ledger, incarnation, signer, own)) return signStep(client, ledger, signer, now, true);
    return refuse(ledger, standing.say);
  }
  if (!due && !standing.rotating) return { kind: 'nothing' };
  const size = await ledgerSize(ledger.id, client);
  const tiles = dbTiles(ledger.id, client);
  while (!(await sealTree(client, ledger.id, size)).done);
  const last = signer.memory.read(incarnation.origin);
  if (last !== null && !isKept(last, own)) {
    // Signed, and then killed or cut off: what stands in the memory goes out first.
    if (last.size <= size && equalBytes(await treeRoot(tiles, last.size, nodeSha256), last.root))
      await keep(client, ledger, incarnation, last);
  }
  const root = await treeRoot(tiles, size, nodeSha256);
  let signed: Remembered;
  try {
    signed = await signCheckpoint(signer, {
      origin: incarnation.origin,
      size,
      root,
      signedBefore: own !== null,
      proveFrom: (from) => proveConsistency(tiles, from, size, nodeSha256),
      now,
    });
  } catch (error) {
    if (!(error instanceof SignerRefusal) || error.code === 'memory_lost' || error.remembered === null) throw error;
    log.error({ ledger: ledger.slug, code: error.code }, error.message);
    await startIncarnation(client, ledger, signer, incarnation, error, { size, root });
    return signStep(client, ledger, signer, now, true);
  }
  await introduceKeys(client, ledger.id, incarnation, signer.keys.current, own === null ? 0n : size);
  const number = await keep(client, ledger, incarnation, signed);
  if (standing.rotating) await settleRotation(ledger, incarnation, signer, size);
  return { kind: 'signed', size, number };
}

/** By what was signed and when: the same tree at a later time is another checkpoint. */
function isKept(last: Remembered, own: KeptCheckpoint | null): boolean {
  return own !== null && own.note === last.note;
}

async function keep(client: pg.ClientBase, ledger: LedgerRow, incarnation: Incarnation, signed: Remembered): Promise<bigint> {
  const { rows } = await client.query<{ number: string }>('SELECT keep_checkpoint($1, $2, $3, $4, $5, $6) AS number', [
    ledger.id,
    incarnation.number,
    String(signed.size),
    Buffer.from(signed.root),
    Buffer.from(signed.note),
    new Date(Number(signed.timestamp) * 1000),
  ]);
  return BigInt(rows[0].number);
}

async function refuse(ledger: LedgerRow, say: string): Promise<Step> {
  if (await raiseAlarm(ledger.id, 'signer_refused', '', { say })) log.error({ ledger: ledger.slug }, say);
  return { kind: 'refused', say };
}
