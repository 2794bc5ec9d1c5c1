import 'server-only';
import type pg from 'pg';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { equalBytes } from '@/lib/chain/bytes';
import { EMPTY_ROOT } from '@/lib/chain/merkle';
import { proveConsistency, treeRoot } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import { sealTree } from '@/lib/ledger/seal-tree';
import { log } from '@/lib/log';
import { type Signer, SignerRefusal, signCheckpoint } from '@/lib/signer/sign-checkpoint';
import { MemoryDamaged, type Remembered } from '@/lib/signer/signer-memory';
import { askedAdoption, dropAdoption } from './adopt-ledger';
import { findStanding, introduceKeys, replaceKeys } from './ledger-keys';
import type { Pace } from './pace';
import { type Incarnation, isKept, ledgerSize, newestKept, presentIncarnation } from './read-signing';
import { beginFirst, type Ending, originOf, startIncarnation, tellIncarnation } from './start-incarnation';

/** First key of the advisory lock under which a ledger is signed; the second is the ledger. */
const SIGN_LOCK = 1212435542;

export type Step =
  | { kind: 'signed'; size: bigint; number: bigint }
  /** Nothing is due. */
  | { kind: 'nothing' }
  /** Another process signs this ledger at this moment. */
  | { kind: 'busy' }
  | { kind: 'refused'; say: string };

/**
 * One look at one ledger, and a checkpoint where one is due: full tiles → root → signature → kept. Cost O(log n) beside two hashes for each new entry.
 *
 * Killed anywhere, the next step goes on: tiles that were sealed are there; a signature that was remembered and not kept is kept before anything else is
 * signed; one that was kept is found. So every note that ever left is one that the signer's memory knows, and each extends the one before.
 *
 * @param examine looks at keys and memory also where nothing is due: what was lost is told at once.
 */
export async function checkpointLedger(
  ledger: LedgerRow,
  signer: Signer,
  pace: Pace,
  now: Date = new Date(),
  examine = false,
): Promise<Step> {
  const db = pool('signer');
  const [size, newest] = [await ledgerSize(ledger.id, db), await newestKept(ledger.id, db)];
  const last = newest === null ? null : { number: newest.number, at: newest.signedAt.getTime() };
  const due = pace.isDue(now.getTime(), last, size !== newest?.size);
  if (!due && !examine && signer.keys.next === null) return { kind: 'nothing' };
  return underLock(ledger.id, async (client) => {
    try {
      const step = await signStep(client, ledger, signer, now, due);
      if (step.kind === 'signed') {
        pace.spend(now.getTime());
        await endAlarm(ledger.id, 'signer_refused', '');
      }
      return step;
    } catch (error) {
      if (error instanceof SignerRefusal || error instanceof MemoryDamaged) return refuse(ledger, error.message);
      if (!(error instanceof TreeDamaged) && (error as { code?: string }).code !== 'HF003') throw error;
      return refuse(ledger, `${(error as Error).message}; nothing is signed. Run npm run fsck, which says what is broken.`);
    }
  });
}

/**
 * One process at a time signs a ledger, and what it writes goes through the connection that holds the lock: a process that is cut off in the middle loses
 * both together. The next one is let in when the server has ended that session, and with it whatever was still under way in it.
 */
async function underLock(ledgerId: number, work: (client: pg.ClientBase) => Promise<Step>): Promise<Step> {
  const client = await pool('signer').connect();
  let failed: Error | undefined;
  // Without a listener a connection that breaks between two questions would end the process.
  const onError = (error: Error) => {
    failed = error;
  };
  client.on('error', onError);
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
    client.off('error', onError);
    client.release(failed);
  }
}

async function signStep(client: pg.ClientBase, ledger: LedgerRow, signer: Signer, now: Date, due: boolean): Promise<Step> {
  const newest = await newestKept(ledger.id, client);
  const incarnation = (await presentIncarnation(ledger.id, client)) ?? (await beginFirst(client, ledger));
  const own = newest?.incarnation === incarnation.number ? newest : null;
  if (own === null && incarnation.number > 1) await tellIncarnation(ledger, incarnation.number, client);
  const goOn = async (ending: Ending) => {
    await startIncarnation(client, ledger, signer, incarnation, ending, await presentTree(client, ledger.id));
    return signStep(client, ledger, signer, now, true);
  };
  const standing = await findStanding(client, ledger.id, incarnation, signer, own);
  if (standing.kind === 'not_ours') {
    const because = askedAdoption(ledger.slug);
    if (because === null) return refuse(ledger, standing.say);
    return goOn({ reason: 'adopted', last: { origin: incarnation.origin, ...(own ?? { size: 0n, root: EMPTY_ROOT }) }, because });
  }
  dropAdoption(ledger.slug);
  const later = laterRemembered(signer, ledger, incarnation.number);
  if (later !== null) return goOn({ reason: 'forgotten', last: later });
  const { last, by } = standing;
  if (!due && by.length === 1) return { kind: 'nothing' };
  const { size, root } = await presentTree(client, ledger.id);
  const tiles = dbTiles(ledger.id, client);
  if (last !== null && last.note !== own?.note) await keepForgotten(client, ledger, incarnation, signer, last, size);
  let signed: Remembered;
  try {
    signed = await signCheckpoint(signer.memory, {
      origin: incarnation.origin,
      size,
      root,
      by,
      signedBefore: !standing.fresh,
      proveFrom: (from) => proveConsistency(tiles, from, size, nodeSha256),
      now,
    });
  } catch (error) {
    if (!(error instanceof SignerRefusal) || error.code === 'memory_lost' || error.remembered === null) throw error;
    log.error({ ledger: ledger.slug, code: error.code }, error.message);
    return goOn({ reason: error.code, last: error.remembered });
  }
  if (standing.fresh) await introduceKeys(client, ledger.id, incarnation, by[0]);
  const number = await keep(client, ledger, incarnation, signed);
  if (by.length === 2) await replaceKeys(ledger, incarnation, by[1], size);
  return { kind: 'signed', size, number };
}

/** The last of the incarnations that the signer remembers and the database does not know: it was restored from before they began. */
function laterRemembered({ memory }: Signer, ledger: LedgerRow, present: number): Remembered | null {
  let found: Remembered | null = null;
  for (let number = present + 1; ; number++) {
    const remembered = memory.read(originOf(ledger, number));
    if (remembered === null) return found;
    found = remembered;
  }
}

/** All entries that there are now, under tiles as far as these are full. */
async function presentTree(client: pg.ClientBase, ledgerId: number): Promise<{ size: bigint; root: Uint8Array }> {
  const size = await ledgerSize(ledgerId, client);
  while (!(await sealTree(client, ledgerId, size)).done);
  return { size, root: await treeRoot(dbTiles(ledgerId, client), size, nodeSha256) };
}

/**
 * Signed and remembered, and then killed or cut off before it was kept: it goes out first, if the ledger still is what it says. It is written down once more
 * before that: where the disk failed at the end of the first time, the file that was just read may be in the cache alone.
 */
async function keepForgotten(
  client: pg.ClientBase,
  ledger: LedgerRow,
  incarnation: Incarnation,
  { memory }: Signer,
  last: Remembered,
  size: bigint,
): Promise<void> {
  if (last.size > size || (await isKept(ledger.id, incarnation.number, last, client))) return;
  if (!equalBytes(await treeRoot(dbTiles(ledger.id, client), last.size, nodeSha256), last.root)) return;
  await memory.compareAndSwap(last, last);
  await keep(client, ledger, incarnation, last);
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

/** Says so, and what can be done; the alarm ends with the next checkpoint. */
export async function refuse(ledger: LedgerRow, say: string): Promise<Step> {
  if (await raiseAlarm(ledger.id, 'signer_refused', '', { say })) log.error({ ledger: ledger.slug }, say);
  return { kind: 'refused', say };
}
