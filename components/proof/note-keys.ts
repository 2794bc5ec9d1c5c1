import { toHex } from '@/lib/chain/bytes';
import { keyIdBytes, parseNote } from '@/lib/chain/signed-note';
import type { SignerKeyDto } from '@/lib/schema/proofs';

/** A line under a signed note (C2SP signed-note): who claims to have signed, with which key. */
export interface NoteSigner {
  name: string;
  /** Eight hexadecimal digits. */
  keyId: string;
  /** The ledger's own key with that name and id; null for a witness's. */
  key: SignerKeyDto | null;
}

/** The lines under a note, with the ledger's keys told apart from others. It checks nothing; a text that is no note has none. */
export function noteSigners(note: string, keys: readonly SignerKeyDto[]): NoteSigner[] {
  try {
    return parseNote(note).signatures.map(({ name, keyId }) => {
      const id = toHex(keyIdBytes(keyId));
      return { name, keyId: id, key: keys.find(({ vkey }) => vkey.startsWith(`${name}+${id}+`)) ?? null };
    });
  } catch {
    return [];
  }
}

/** The id within a verifier key `name+id+base64`. */
export function keyIdOf(vkey: string): string {
  return vkey.split('+')[1] ?? '';
}

export const KEY_KINDS: Record<SignerKeyDto['kind'], string> = { ed25519: 'Ed25519', 'ml-dsa-44': 'ML-DSA-44' };
