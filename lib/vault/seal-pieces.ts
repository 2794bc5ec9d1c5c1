import 'server-only';
import { createHmac } from 'node:crypto';
import { utf8 } from '@/lib/chain/bytes';
import { VaultError } from './key-encryption';
import { ledgerSecret } from './ledger-secrets';
import { NONCE_BYTES, openBytes, sealBytes } from './seal-bytes';

/** What a sealed piece has more than what is in it: its nonce and its tag. */
export const SEALED_PIECE_EXTRA = NONCE_BYTES + 16;

export interface PieceSealer {
  seal(ordinal: number, piece: Uint8Array): Buffer;
  /** @throws VaultError unreadable */
  open(ordinal: number, sealed: Uint8Array): Buffer;
}

/**
 * For a file with words that is kept in pieces: each is sealed under a key of that file alone, which is derived from a secret of the ledger and stands
 * nowhere, and bound to the file and to its place in it.
 * @throws VaultError unavailable
 */
export async function pieceSealer(ledgerId: number, file: string): Promise<PieceSealer> {
  const key = createHmac('sha256', await ledgerSecret(ledgerId, 'exports'))
    .update(`holdfast/kept-file/v1\n${file}`)
    .digest();
  const aad = (ordinal: number) => utf8(`holdfast/kept-piece/v1\n${file}\n${ordinal}`);
  return {
    seal(ordinal, piece) {
      const { nonce, ciphertext } = sealBytes(key, piece, aad(ordinal));
      return Buffer.concat([nonce, ciphertext]);
    },
    open(ordinal, sealed) {
      if (sealed.length < SEALED_PIECE_EXTRA) throw new VaultError('unreadable', 'a kept piece is too short');
      return openBytes(key, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), aad(ordinal));
    },
  };
}
