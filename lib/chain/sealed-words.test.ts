import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealPart } from '@/lib/vault/seal-part';
import { CheckList } from './bundle-verdict';
import { BundleWords } from './bundle-words';
import { checkWords } from './check-bundle-words';
import { importWordsKey, isCommittedKey, openWords, readCommitments, type WordsCommitment, wordsCipher } from './sealed-words';

const OWNER = { origin: 'audit.example.org/ledgers/clinic', conversationId: 'c-1', recordId: '01890000-0000-7000-8000-000000000000' };
const cipher = wordsCipher()!;
const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Sealed by the vault, which is the other implementation of the same page. */
function seal(text: string, owner = OWNER) {
  const key = randomBytes(32);
  const dataKey = { id: randomUUID(), key, commitment: createHmac('sha256', key).update('commit').digest() };
  const { commitment, ciphertext } = sealPart(dataKey, { ...owner, part: 'response', index: 3 }, text);
  return { key, commitment: commitment as WordsCommitment, ciphertext };
}

describe('words that the vault sealed', () => {
  it('are opened by the verifier’s own code, whatever they are, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.boolean(), async (text, alone) => {
        const owner = alone ? { ...OWNER, conversationId: null } : OWNER;
        const { key, commitment, ciphertext } = seal(text, owner as typeof OWNER);
        expect(isCommittedKey(key, commitment)).toBe(true);
        expect(await openWords(cipher, await importWordsKey(cipher, key), owner, commitment, ciphertext)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('do not open as another record’s, conversation’s, ledger’s or place’s', async () => {
    const { key, commitment, ciphertext } = seal('stop the tablets');
    const imported = await importWordsKey(cipher, key);
    for (const change of [{ origin: 'other.example/l' }, { conversationId: 'c-2' }, { conversationId: null }, { recordId: randomUUID() }])
      expect(await openWords(cipher, imported, { ...OWNER, ...change }, commitment, ciphertext)).toBeNull();
    for (const change of [{ index: 4 }, { part: 'prompt' }, { nonce: '00'.repeat(12) }, { length: 3 }])
      expect(await openWords(cipher, imported, OWNER, { ...commitment, ...change }, ciphertext)).toBeNull();
    expect(await openWords(cipher, imported, OWNER, { ...commitment, length: 0 }, ciphertext.subarray(0, 4))).toBeNull();
  });
});

describe('a bundle’s words are refused, each for itself', () => {
  async function judge(change: (sealed: ReturnType<typeof seal>) => Partial<ReturnType<typeof seal>>): Promise<string[]> {
    const sound = seal('stop the tablets');
    const { key, commitment, ciphertext } = { ...sound, ...change(sound) };
    const words = new BundleWords({ parts: 1, shredded: 0, left_out: 0, unreadable: 0 });
    words.addKey(commitment.key_id, key);
    words.add({ seq: 0n, path: 'content/000000000000-3.bin', owner: OWNER, commitment, ciphertext, absent: null });
    const list = new CheckList();
    await checkWords(words, hash, list);
    return list.verdict(null, []).breaks.map(({ expected }) => expected);
  }
  it('where nothing is wrong, they are not', async () => {
    expect(await judge(() => ({}))).toEqual([]);
  });
  it('for a digest that is not committed to, although key and tag fit', async () => {
    const other = '00'.repeat(32);
    expect(await judge(({ commitment }) => ({ commitment: { ...commitment, ciphertext_sha256: other } }))).toEqual([other]);
  });
  it('for a key that is not committed to, although it opens them', async () => {
    const [expected] = await judge(({ commitment }) => ({ commitment: { ...commitment, key_commitment: '00'.repeat(32) } }));
    expect(expected).toContain('a key with the commitment 00');
  });
  it('for such a key also where they are shown: they are not opened', async () => {
    const { key, commitment, ciphertext } = seal('stop the tablets');
    const open = (claimed: WordsCommitment) => {
      const words = new BundleWords({ parts: 1, shredded: 0, left_out: 0, unreadable: 0 });
      words.addKey(commitment.key_id, key);
      return words.open({ seq: 0n, path: 'x', owner: OWNER, commitment: claimed, ciphertext, absent: null });
    };
    expect(await open(commitment)).toEqual({ text: 'stop the tablets' });
    expect(await open({ ...commitment, key_commitment: '00'.repeat(32) })).toBeNull();
  });
  it('for a tag that does not fit, although the digest does', async () => {
    const [expected] = await judge(({ commitment, ciphertext }) => {
      const bent = Buffer.from(ciphertext);
      bent[bent.length - 1]! ^= 1;
      return { ciphertext: bent, commitment: { ...commitment, ciphertext_sha256: Buffer.from(hash(bent)).toString('hex') } };
    });
    expect(expected).toContain('whose tag fits');
  });
  it('for another length than the record says', async () => {
    expect(await judge(({ commitment }) => ({ commitment: { ...commitment, length: 4 } }))).toEqual(['20 bytes']);
  });
});

it('commitments of a body are read as what they are, or not at all', () => {
  const { commitment } = seal('x');
  expect(readCommitments(undefined)).toEqual([]);
  expect(readCommitments([commitment])).toEqual([commitment]);
  for (const wrong of [null, {}, [1], [commitment, commitment], [{ ...commitment, nonce: 'zz' }], [{ ...commitment, index: -1 }]])
    expect(readCommitments(wrong)).toBeNull();
  expect(readCommitments(Array.from({ length: 257 }, (_, index) => ({ ...commitment, index })))).toBeNull();
});
