import 'server-only';
import { pool } from '@/lib/db';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { MemoryDamaged } from '@/lib/signer/signer-memory';
import { findStanding } from './ledger-keys';
import { ledgerSize, newestKept, presentIncarnation } from './read-signing';

/** One ledger as the signer on this machine sees it. */
export interface SignedLedger {
  ledger: LedgerRow;
  /** null before anything was signed. */
  origin: string | null;
  entries: bigint;
  kept: { number: bigint; size: bigint; at: Date } | null;
  remembered: { size: bigint; at: Date } | null;
  /** Verifier keys in force. */
  vkeys: string[];
  /** null: this signer signs it, or would. Else why it does not. */
  why: string | null;
}

/** Reads, and changes nothing. */
export async function lookAtLedgers(signer: Signer): Promise<SignedLedger[]> {
  const found: SignedLedger[] = [];
  for (const ledger of await listLedgers()) found.push(await lookAt(ledger, signer));
  return found;
}

async function lookAt(ledger: LedgerRow, signer: Signer): Promise<SignedLedger> {
  const client = await pool('signer').connect();
  try {
    const [newest, incarnation, entries] = [
      await newestKept(ledger.id, client),
      await presentIncarnation(ledger.id, client),
      await ledgerSize(ledger.id, client),
    ];
    const kept = newest === null ? null : { number: newest.number, size: newest.size, at: newest.signedAt };
    if (incarnation === null) return { ledger, origin: null, entries, kept, remembered: null, vkeys: [], why: null };
    const { rows } = await client.query<{ vkey: string }>(
      'SELECT vkey FROM signer_keys WHERE ledger_id = $1 AND incarnation = $2 AND to_size IS NULL ORDER BY kind',
      [ledger.id, incarnation.number],
    );
    const shown = { ledger, origin: incarnation.origin, entries, kept, vkeys: rows.map(({ vkey }) => vkey) };
    try {
      const last = signer.memory.read(incarnation.origin);
      const own = newest?.incarnation === incarnation.number ? newest : null;
      const standing = await findStanding(client, ledger.id, incarnation, signer, own);
      const why = standing.kind === 'ours' ? null : standing.say;
      const remembered = last === null ? null : { size: last.size, at: new Date(Number(last.timestamp) * 1000) };
      return { ...shown, remembered, why };
    } catch (error) {
      if (!(error instanceof MemoryDamaged)) throw error;
      return { ...shown, remembered: null, why: error.message };
    }
  } finally {
    client.release();
  }
}
