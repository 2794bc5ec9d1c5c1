import 'server-only';
import { statSync } from 'node:fs';
import { env } from '@/lib/env';
import { type KeyContext, type KeyEncryption, VaultError } from './key-encryption';
import { makeLocalKeys, readLocalKeys } from './local-keys';

/** The keys that wrap data keys: the one for what is new, and those that what is there was wrapped with. */
export interface Vault {
  current: KeyEncryption;
  find(id: string): KeyEncryption | null;
}

const kept = globalThis as typeof globalThis & { __holdfastVault?: { stamp: string; vault: Vault } };

/**
 * The vault as it is configured, read again when its file has changed, so that every process follows a rotation.
 * @throws VaultError unavailable: there is none, or its file is not what it should be
 */
export function openVault(): Vault {
  const { VAULT_KEY_FILE: file } = env();
  if (file === undefined) throw new VaultError('unavailable', 'no key file is configured (VAULT_KEY_FILE)');
  try {
    const { mtimeMs, size, ino } = statSync(file);
    const stamp = `${file} ${mtimeMs} ${size} ${ino}`;
    if (kept.__holdfastVault?.stamp === stamp) return kept.__holdfastVault.vault;
    const { current, all } = readLocalKeys(file)!;
    const vault: Vault = { current, find: (id) => all.get(id) ?? null };
    kept.__holdfastVault = { stamp, vault };
    return vault;
  } catch (cause) {
    throw new VaultError('unavailable', `the key file cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** Makes the local key file at the first start of an installation. @returns its path where it was made now, to warn that it has to be backed up */
export function prepareVault(): string | null {
  const { VAULT_KEY_FILE: file } = env();
  return file !== undefined && makeLocalKeys(file) ? file : null;
}

/** @throws VaultError unavailable where the key that wrapped it is not here; and as unwrap */
export function unwrapWith(kekId: string, wrapped: Buffer, context: KeyContext): Promise<Buffer> {
  const key = openVault().find(kekId);
  if (key === null) throw new VaultError('unavailable', `the key ${kekId} that it was wrapped with is not here`);
  return key.unwrap(wrapped, context);
}
