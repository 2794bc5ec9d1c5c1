import 'server-only';
import { statSync } from 'node:fs';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { keepDoing } from '@/lib/keep-doing';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { finishRotation, verifierKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { checkpointLedger, refuse, type Step } from './checkpoint-ledger';
import { Leadership } from './lead-ledgers';
import { keyFile, openSigner } from './open-signer';
import { Pace } from './pace';
import { Refusals, readCircumstances } from './refusals';

const LOOK_EVERY_MS = 500;
/** How often a process that does not sign a ledger tries to become the one that does, and one whose ledger was refused looks whether anything has changed. */
const TAKE_OVER_MS = 2_000;

interface Watched {
  pace: Pace;
  /** With which the ledger was looked at last. */
  signer: Signer | null;
  refusals: Refusals;
  /** By the clock that only goes forward. */
  notBefore: number;
}

/**
 * Signs every ledger of the database as its entries land. Any number of processes may do so at once: one of them leads a ledger, and another takes over
 * when it ends. A refusal ends nothing: it is told by an alarm, another process may try, and this one looks again.
 * @returns how to stop; resolves when the step under way is done.
 */
export function keepCheckpointing(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  const open = reopening();
  const leadership = new Leadership();
  const watched = new Map<number, Watched>();
  const stop = keepDoing(
    async ({ signal }) => {
      for (const ledger of await listLedgers()) {
        if (signal.aborted) break;
        await look(ledger, open, leadership, watched);
      }
      await finishHandOver(open);
    },
    everyMs,
    (error) => log.error({ err: error }, 'ledgers could not be signed; tried again'),
  );
  return async () => {
    await stop();
    leadership.end();
  };
}

async function look(ledger: LedgerRow, open: () => Signer | null, leadership: Leadership, watched: Map<number, Watched>): Promise<void> {
  if (isOff()) return;
  const clock = performance.now();
  let known = watched.get(ledger.id);
  if (known === undefined) {
    known = { pace: new Pace(Date.now()), signer: null, refusals: new Refusals(), notBefore: 0 };
    watched.set(ledger.id, known);
  }
  if (clock < known.notBefore) return;
  const { refusals } = known;
  try {
    const before = refusals.under === null ? null : await readCircumstances(ledger, signerOrNull(open), refusals.under.head);
    if (before !== null && before.text === refusals.under?.text && !refusals.isOver(clock)) {
      known.notBefore = clock + TAKE_OVER_MS;
      return;
    }
    if (!(await leadership.holds(ledger.id))) {
      known.notBefore = clock + TAKE_OVER_MS;
      return;
    }
    const step = await signWith(ledger, open, known);
    if (step.kind !== 'refused') {
      if (step.kind === 'signed') refusals.end();
      return;
    }
    await leadership.yieldLedger(ledger.id);
    // As it was before: what changes meanwhile is seen at the next look.
    refusals.add(performance.now(), before ?? (await readCircumstances(ledger, signerOrNull(open), null)));
    known.notBefore = performance.now() + TAKE_OVER_MS;
  } catch (error) {
    // One ledger's fault keeps no other from being signed.
    log.error({ err: error, ledger: ledger.slug }, 'a ledger could not be signed; tried again');
  }
}

async function signWith(ledger: LedgerRow, open: () => Signer | null, known: Watched): Promise<Step> {
  let signer: Signer | null;
  try {
    signer = open();
  } catch (error) {
    return refuse(ledger, `${(error as Error).message} Nothing is signed.`);
  }
  if (signer === null) return { kind: 'nothing' };
  const step = await checkpointLedger(ledger, signer, known.pace, new Date(), signer !== known.signer);
  known.signer = signer;
  return step;
}

/** The last step of a rotation: when every ledger names the new keys, the old ones are forgotten. */
async function finishHandOver(open: () => Signer | null): Promise<void> {
  if (isOff()) return;
  let signer: Signer | null;
  try {
    signer = open();
  } catch {
    // Told ledger by ledger.
    return;
  }
  if (signer !== null && signer.keys.next !== null && (await isHandedOver(signer))) finishRotation(keyFile(env().SIGNER_DIR!));
}

function signerOrNull(open: () => Signer | null): Signer | null {
  try {
    return open();
  } catch {
    // Why is told when it is used.
    return null;
  }
}

function isOff(): boolean {
  const { SIGNER, SIGNER_DIR } = env();
  return SIGNER === 'off' || SIGNER_DIR === undefined;
}

/** Every ledger's newest incarnation has the new keys. */
async function isHandedOver({ keys }: Signer): Promise<boolean> {
  const { rows } = await pool('signer').query<{ origin: string; vkeys: string[] | null }>(
    `SELECT i.origin, (SELECT array_agg(k.vkey) FROM signer_keys k WHERE k.ledger_id = i.ledger_id AND k.incarnation = i.number) AS vkeys
       FROM incarnations i WHERE number = (SELECT max(number) FROM incarnations n WHERE n.ledger_id = i.ledger_id)`,
  );
  return rows.every(({ origin, vkeys }) => verifierKeys(keys.next!, origin).every((key) => vkeys?.includes(formatVerifierKey(key))));
}

/** The keys are read again when their file has changed: they are rotated by a command of their own. */
function reopening(): () => Signer | null {
  let signer: Signer | null = null;
  let read = -1;
  return () => {
    const { SIGNER_DIR } = env();
    const changed = SIGNER_DIR === undefined ? 0 : modified(keyFile(SIGNER_DIR));
    if (signer === null || changed !== read) {
      signer = openSigner();
      // As it was before: a change in between is seen at the next look.
      read = changed;
    }
    return signer;
  };
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
