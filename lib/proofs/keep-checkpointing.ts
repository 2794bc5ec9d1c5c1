import 'server-only';
import { statSync } from 'node:fs';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { finishRotation, verifierKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { checkpointLedger } from './checkpoint-ledger';
import { keyFile, openSigner } from './open-signer';
import { Pace } from './pace';

const LOOK_EVERY_MS = 500;

/**
 * Signs every ledger of the database as its entries land. Any number of processes may do so at once: each step of a ledger is taken under a lock, and the
 * signer's memory lets one of them through. @returns how to stop; resolves when the step under way is done.
 */
export function keepCheckpointing(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  const open = reopening();
  const paces = new Map<number, Pace>();
  let stopped = false;
  let wake = () => {};
  const working = (async () => {
    while (!stopped) {
      try {
        const signer = open();
        if (signer !== null) await signAll(signer, paces, () => stopped);
      } catch (error) {
        log.error({ err: error }, 'ledgers could not be signed; tried again');
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, everyMs).unref();
      });
    }
  })();
  return () => {
    stopped = true;
    wake();
    return working;
  };
}

async function signAll(signer: Signer, paces: Map<number, Pace>, isStopped: () => boolean): Promise<void> {
  for (const ledger of await listLedgers()) {
    if (isStopped()) return;
    const pace = paces.get(ledger.id) ?? new Pace(Date.now());
    paces.set(ledger.id, pace);
    try {
      await checkpointLedger(ledger, signer, pace);
    } catch (error) {
      // One ledger's fault keeps no other from being signed.
      log.error({ err: error, ledger: ledger.slug }, 'a ledger could not be signed; tried again');
    }
  }
  if (signer.keys.next !== null && (await isHandedOver(signer))) finishRotation(keyFile(env().SIGNER_DIR!));
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
      read = SIGNER_DIR === undefined ? 0 : modified(keyFile(SIGNER_DIR));
    }
    return signer;
  };
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1;
}
