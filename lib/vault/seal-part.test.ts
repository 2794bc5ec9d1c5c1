import { createDecipheriv, createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataKey } from './data-keys';
import { openPart, type PartPlace, sealPart } from './seal-part';

const newKey = (): DataKey => {
  const key = randomBytes(32);
  return { id: randomUUID(), key, commitment: createHmac('sha256', key).update('commit').digest() };
};
const place: PartPlace = {
  origin: 'audit.example/ledgers/a',
  conversationId: 'talk-1',
  recordId: randomUUID(),
  part: 'response',
  index: 3,
};
const unreadable = expect.objectContaining({ name: 'VaultError', code: 'unreadable' });
const fault = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
};

describe('a sealed part', () => {
  it('opens to the very words, whatever they are', () => {
    const key = newKey();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const { commitment, ciphertext } = sealPart(key, place, text);
        expect(commitment.length).toBe(Buffer.byteLength(text));
        expect(ciphertext).toHaveLength(commitment.length + 16);
        expect(openPart(key, place, commitment, ciphertext)).toBe(text);
      }),
    );
  });

  it('is what docs/format.md says, opened with nothing of ours', () => {
    const key = newKey();
    const { commitment, ciphertext } = sealPart(key, place, 'ein Löffel — 🥄');
    const aad = `{"conversation":"talk-1","index":3,"ledger":"audit.example/ledgers/a","part":"response","record":"${place.recordId}"}`;
    const cipher = createDecipheriv('aes-256-gcm', key.key, Buffer.from(commitment.nonce, 'hex'), { authTagLength: 16 });
    cipher.setAAD(Buffer.from(aad));
    cipher.setAuthTag(ciphertext.subarray(-16));
    expect(Buffer.concat([cipher.update(ciphertext.subarray(0, -16)), cipher.final()]).toString()).toBe('ein Löffel — 🥄');
    expect(commitment).toEqual({
      ciphertext_sha256: createHash('sha256').update(ciphertext).digest('hex'),
      index: 3,
      key_commitment: createHmac('sha256', key.key).update('commit').digest('hex'),
      key_id: key.id,
      length: Buffer.byteLength('ein Löffel — 🥄'),
      nonce: expect.stringMatching(/^[0-9a-f]{24}$/),
      part: 'response',
    });
  });

  it('opens in its place alone', () => {
    const key = newKey();
    const { commitment, ciphertext } = sealPart(key, place, 'words');
    const others: Partial<PartPlace>[] = [
      { origin: 'audit.example/ledgers/b' },
      { conversationId: 'talk-2' },
      { conversationId: null },
      { recordId: randomUUID() },
      { part: 'prompt' },
      { index: 2 },
    ];
    for (const other of others) expect(fault(() => openPart(key, { ...place, ...other }, commitment, ciphertext))).toEqual(unreadable);
  });

  it('with any byte changed, or cut short, does not open, also where the commitment was changed with it', () => {
    const key = newKey();
    const { commitment, ciphertext } = sealPart(key, place, 'words');
    const said = (bytes: Buffer) => ({
      ...commitment,
      length: Math.max(0, bytes.length - 16),
      ciphertext_sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    for (let i = 0; i < ciphertext.length; i++) {
      const changed = Buffer.from(ciphertext);
      changed[i]! ^= 1;
      expect(fault(() => openPart(key, place, commitment, changed))).toEqual(unreadable);
      expect(fault(() => openPart(key, place, said(changed), changed))).toEqual(unreadable);
      const short = ciphertext.subarray(0, i);
      expect(fault(() => openPart(key, place, said(short), short))).toEqual(unreadable);
    }
    for (const nonce of ['', commitment.nonce.slice(2), `${commitment.nonce}00`, '00'.repeat(12)])
      expect(fault(() => openPart(key, place, { ...commitment, nonce }, ciphertext))).toEqual(unreadable);
    expect(fault(() => openPart(key, place, { ...commitment, length: 4 }, ciphertext))).toEqual(unreadable);
  });

  it('opens under the key that was committed to and no other, whatever that one would make of it', () => {
    const [key, other] = [newKey(), newKey()];
    const { commitment, ciphertext } = sealPart(key, place, 'words');
    expect(fault(() => openPart(other, place, commitment, ciphertext))).toEqual(unreadable);
    expect(fault(() => openPart({ ...other, id: key.id }, place, commitment, ciphertext))).toEqual(unreadable);
    // Sealed anew by somebody under a key of their own, for the same place.
    const forged = sealPart({ ...other, id: key.id }, place, 'other');
    expect(
      fault(() =>
        openPart({ ...other, id: key.id }, place, { ...forged.commitment, key_commitment: commitment.key_commitment }, forged.ciphertext),
      ),
    ).toEqual(unreadable);
  });

  it('never takes a nonce twice', () => {
    const key = newKey();
    expect(new Set(Array.from({ length: 2_000 }, () => sealPart(key, place, '').commitment.nonce)).size).toBe(2_000);
  });
});
