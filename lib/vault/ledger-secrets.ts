import 'server-only';
import { pool } from '@/lib/db';
import { isVaultError, VaultError } from './key-encryption';
import { openVault, unwrapWith } from './open-vault';

/** submission: keys the digest of what was sent, where words are in it. blind_index: keys the index of words. exports: keys what bundles with words are kept under. */
export type SecretName = 'submission' | 'blind_index' | 'exports';

const cache = new Map<string, Promise<Buffer>>();

/** A secret of a ledger, made when it is first asked for, wrapped as data keys are, and the same ever after. @throws VaultError unavailable */
export function ledgerSecret(ledgerId: number, name: SecretName): Promise<Buffer> {
  const place = `${ledgerId} ${name}`;
  let made = cache.get(place);
  if (made === undefined) {
    made = findOrMake(ledgerId, name);
    cache.set(place, made);
    made.catch(() => cache.delete(place));
  }
  return made;
}

/** Tests begin with another database. */
export function forgetLedgerSecrets(): void {
  cache.clear();
}

async function findOrMake(ledgerId: number, name: SecretName): Promise<Buffer> {
  const context = { ledger: String(ledgerId), key: name };
  const { current } = openVault();
  const read = () =>
    pool('ingest').query<{ kek_id: string; wrapped: Buffer }>(
      'SELECT kek_id, wrapped FROM vault_secrets WHERE ledger_id = $1 AND name = $2',
      [ledgerId, name],
    );
  try {
    let { rows } = await read();
    if (rows.length === 0) {
      const { wrapped } = await current.make(context);
      await pool('ingest').query(
        'INSERT INTO vault_secrets (ledger_id, name, kek_id, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [ledgerId, name, current.id, wrapped],
      );
      // Of two processes that made one at once, the first one's counts.
      ({ rows } = await read());
    }
    const [row] = rows;
    return await unwrapWith(row!.kek_id, row!.wrapped, context);
  } catch (cause) {
    if (isVaultError(cause)) throw cause;
    throw new VaultError('unavailable', 'the database that holds the secrets cannot be reached', { cause });
  }
}
