import 'server-only';
import { createHmac } from 'node:crypto';
import { ledgerSecret } from './ledger-secrets';

/** Of a keyed hash: what the index of words holds of a word. With so few bytes two words share one now and then only in billions. */
export const TOKEN_BYTES = 8;

/**
 * Tokens of words, by the word: the first {@link TOKEN_BYTES} bytes of HMAC-SHA256 under the ledger's own secret, so that no other ledger has the same ones
 * and nobody without the vault can make them.
 * @param words as tokensOf of lib/schema/search-query.ts gives them.
 * @throws VaultError unavailable
 */
export async function wordTokens(ledgerId: number, words: Iterable<string>): Promise<Map<string, Buffer>> {
  const secret = await ledgerSecret(ledgerId, 'blind_index');
  return new Map(
    [...words].map((word) => [
      word,
      createHmac('sha256', secret).update('holdfast/word/v1\n').update(word, 'utf8').digest().subarray(0, TOKEN_BYTES),
    ]),
  );
}
