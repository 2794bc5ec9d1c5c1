import 'server-only';
import { statSync } from 'node:fs';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { type KeyContext, type KeyEncryption, VaultError } from './key-encryption';
import { isKmsId, kmsKey } from './kms-keys';
import { type LocalKeys, makeLocalKeys, readLocalKeys } from './local-keys';

/** The keys that wrap data keys: the one for what is new, and those that what is there was wrapped with. */
export interface Vault {
  current: KeyEncryption;
  find(id: string): KeyEncryption | null;
}

const kept = globalThis as typeof globalThis & { __holdfastVault?: { stamp: string; keys: LocalKeys } };

/**
 * The vault as it is configured: a key of AWS KMS, or the file's current key. Keys that were configured before go on opening what they wrapped. Only what is
 * configured counts: a row of the database that names a key of somebody's own would have words sealed for them.
 * @throws VaultError unavailable: there is none, or its file is not what it should be
 */
export function openVault(): Vault {
  const { VAULT_KEY_FILE: file, VAULT_KMS_KEY: own, VAULT_KMS_PREVIOUS: previous } = env();
  const services = [own ?? '', ...previous.split(',')].map((name) => name.trim()).filter((name) => name !== '');
  const find = (id: string) => {
    if (!isKmsId(id)) return file === undefined ? null : (readKept(file)?.all.get(id) ?? null);
    return services.map(kmsKey).find((key) => key.id === id) ?? null;
  };
  if (own !== undefined) return { current: kmsKey(own), find };
  if (file === undefined) throw new VaultError('unavailable', 'no key file is configured (VAULT_KEY_FILE)');
  const keys = readKept(file);
  if (keys === null) throw new VaultError('unavailable', `there is no key file at ${file}`);
  return { current: keys.current, find };
}

/** Read again when the file has changed, so that every process follows a rotation. @returns null where it is not there */
function readKept(file: string): LocalKeys | null {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    const stamp = `${file} ${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    if (kept.__holdfastVault?.stamp !== stamp) kept.__holdfastVault = { stamp, keys: readLocalKeys(file)! };
    return kept.__holdfastVault.keys;
  } catch (cause) {
    throw new VaultError('unavailable', `the key file cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Makes the local key file at the first start of an installation, where no key service is configured. Where the database has keys that another file wrapped
 * a new one would only hide that it is lost: then nothing is made, and words cannot be sealed until it is back.
 * @returns its path where it was made now, to warn that it has to be backed up
 * @throws VaultError unavailable, in words for whoever starts it
 */
export async function prepareVault(): Promise<string | null> {
  const { VAULT_KEY_FILE: file, VAULT_KMS_KEY: service } = env();
  if (service !== undefined) kmsKey(service);
  if (service !== undefined || file === undefined || readKept(file) !== null) return null;
  const { rows } = await pool('ingest').query<{ kek_id: string }>(
    `SELECT kek_id FROM content_keys WHERE kek_id LIKE 'local:%' UNION ALL SELECT kek_id FROM vault_secrets WHERE kek_id LIKE 'local:%' LIMIT 1`,
  );
  if (rows.length > 0)
    throw new VaultError(
      'unavailable',
      `the key file ${file} is not there, and words are sealed under its key ${rows[0]!.kek_id}: restore it`,
    );
  return makeLocalKeys(file) ? file : null;
}

/** @throws VaultError unavailable where the key that wrapped it is not here; and as unwrap */
export function unwrapWith(kekId: string, wrapped: Buffer, context: KeyContext): Promise<Buffer> {
  const key = openVault().find(kekId);
  if (key === null) throw new VaultError('unavailable', `the key ${kekId} that it was wrapped with is not here`);
  return key.unwrap(wrapped, context);
}
