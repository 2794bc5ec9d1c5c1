import 'server-only';
import { type AccessActor, type AccessWhat, actorOf } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import { grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { env } from '@/lib/env';
import type { Tx } from '@/lib/ledger/bounded-read';
import { keysInUse, listRotations } from '@/lib/ledger/read-vault';
import { RefusalError } from '@/lib/schema/errors';
import type { RotationDto } from '@/lib/schema/words';
import { isVaultError } from '@/lib/vault/key-encryption';
import { addLocalKey, dropLocalKeys, readLocalKeys } from '@/lib/vault/local-keys';
import { openVault } from '@/lib/vault/open-vault';

const SCREEN = '/settings/vault';
/** Changes of the key file are one at a time: of two that were written at once, one key would be lost with all that it had wrapped by then. */
const KEY_FILE_LOCK = 1212566606;

/**
 * Makes a new key-encryption key the current one (where it is a file; a key service’s is the one that is configured) and has everything wrapped with it, in the
 * background.
 * @throws RefusalError reauthentication_required; conflict where one is under way, or nothing is left to wrap; vault_unavailable; and as auditedChange
 */
export async function rotateVault(viewer: Viewer, asked: string | null): Promise<RotationDto> {
  const slug = await chooseLedger(viewer, asked);
  const { role } = await grant(viewer, slug, 'vault.rotate', SCREEN);
  requireConfirmed(viewer);
  return beginRotation(actorOf(viewer, role), viewer.person.email, slug);
}

/** @param by whom the rotation names. @throws RefusalError conflict, vault_unavailable, and as recordedChange */
export async function beginRotation(actor: AccessActor, by: string, ledger: string | null): Promise<RotationDto> {
  const record = (begun: RotationDto): AccessWhat => ({
    action: 'key_rotated',
    screen: SCREEN,
    resource: { type: 'key_encryption_key', id: begun.to },
    details: { rotation: begun.id, keys: begun.total },
  });
  return recordedChange(actor, ledger, record, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${KEY_FILE_LOCK})`;
    const to = await nextKey(tx);
    // Where the configured key is another by now, what is left goes there.
    await tx.$executeRaw`UPDATE key_rotations SET finished_at = clock_timestamp(), last_error = 'went on to another key' WHERE finished_at IS NULL`;
    const total = await countOthers(tx, to);
    const [made] = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO key_rotations (to_kek, started_by, total) VALUES (${to}, ${by}, ${total}) RETURNING id`;
    return (await listRotations(tx)).find(({ id }) => id === made!.id)!;
  });
}

/** The key to wrap with: a new one of the file, unless its current one wraps nothing yet while others do; the one that is configured of a service. */
async function nextKey(tx: Tx): Promise<string> {
  const { VAULT_KEY_FILE: file, VAULT_KMS_KEY: service } = env();
  const [open] = await tx.$queryRaw<{ to_kek: string }[]>`SELECT to_kek FROM key_rotations WHERE finished_at IS NULL`;
  try {
    const { current } = openVault();
    if (open?.to_kek === current.id) throw new RefusalError('conflict', 'A rotation to this key is under way.');
    const used = await keysInUse(tx);
    const others = used.some((id) => id !== current.id);
    if (service !== undefined || file === undefined) {
      if (!others) throw new RefusalError('conflict', 'Everything is wrapped with the key that is configured.');
      return current.id;
    }
    // One that was added and then not begun with is used, and not a further one.
    return others && !used.includes(current.id) ? current.id : addLocalKey(file);
  } catch (error) {
    if (!isVaultError(error)) throw error;
    throw new RefusalError('vault_unavailable', `The vault cannot be used: ${error.message}.`);
  }
}

async function countOthers(tx: Tx, kek: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT (SELECT count(*) FROM content_keys WHERE wrapped IS NOT NULL AND kek_id <> ${kek})
         + (SELECT count(*) FROM vault_secrets WHERE kek_id <> ${kek}) AS count`;
  return row!.count;
}

/**
 * Forgets keys of the file with which nothing is wrapped any more: a copy of the database from before their rotation cannot be opened from then on.
 * @returns their ids
 * @throws RefusalError conflict while a rotation is under way, or where every key is in use; vault_unavailable
 */
export async function forgetOldKeys(actor: AccessActor): Promise<string[]> {
  const { VAULT_KEY_FILE: file } = env();
  const record = (forgotten: string[]): AccessWhat => ({
    action: 'key_rotated',
    screen: SCREEN,
    details: { change: 'old keys of the file forgotten', keys: forgotten },
  });
  return recordedChange(actor, null, record, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${KEY_FILE_LOCK})`;
    const [open] = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM key_rotations WHERE finished_at IS NULL`;
    if (open !== undefined) throw new RefusalError('conflict', 'A rotation is under way.');
    const local = file === undefined ? null : readLocalKeys(file);
    if (file === undefined || local === null) throw new RefusalError('vault_unavailable', 'There is no key file here.');
    const needed = new Set([local.current.id, ...(await keysInUse(tx))]);
    const old = [...local.all.keys()].filter((id) => !needed.has(id));
    if (old.length === 0) throw new RefusalError('conflict', 'Every key of the file is in use.');
    dropLocalKeys(file, new Set(old));
    return old;
  });
}
