import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { injured, keyNames } from '@/lib/testing/sign-notes';
import { haveVectors, vector } from '@/lib/testing/vectors';
import { toBase64 } from './base64';
import { keysInForce } from './keys-in-force';
import { NoteError } from './signed-note';
import { formatVerifierKey, makeVerifierKey, PUBLIC_KEY_BYTES, parseVerifierKey } from './verifier-key';

const SPEC = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const CODES = ['key_malformed', 'key_type_unknown', 'key_id_mismatch'];

function refusal(vkey: string): string {
  try {
    expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
    return 'accepted';
  } catch (error) {
    if (error instanceof NoteError) return error.code;
    throw error;
  }
}

describe('a verifier key', () => {
  it("is the specification's example", () => {
    const key = parseVerifierKey(SPEC);
    expect([key.name, key.keyId, key.type, key.publicKey.length]).toEqual(['example.com/foo', 0x530d903a, 0x01, 32]);
    expect(formatVerifierKey(key)).toBe(SPEC);
    expect(makeVerifierKey(key.name, 0x01, key.publicKey)).toEqual(key);
    // Name and type are in the id.
    expect(makeVerifierKey(key.name, 0x04, key.publicKey).keyId).not.toBe(key.keyId);
    expect(makeVerifierKey(`${key.name}/`, 0x01, key.publicKey).keyId).not.toBe(key.keyId);
  });

  it.skipIf(!haveVectors('note'))("of others is read: cosigners' of both kinds too", () => {
    const { cosignature, badVkeys } = JSON.parse(vector('note/note-vectors.json').toString());
    for (const vkey of [cosignature.vkey_0x04, cosignature.vkey_0x01_to_convert]) expect(refusal(vkey)).toBe('accepted');
    expect(parseVerifierKey(cosignature.vkey_0x04).type).toBe(0x04);
    // Its id is not the one that the specification computes, as its own readers do not compare it.
    expect(refusal(cosignature.vkey_0x06_mldsa44)).toBe('key_id_mismatch');
    const mlDsa = parseVerifierKey(cosignature.vkey_0x06_mldsa44.replace('+5893dc2c+', '+31236897+'));
    expect([mlDsa.type, mlDsa.publicKey.length]).toEqual([0x06, 1312]);
    for (const vkey of badVkeys) expect(CODES).toContain(refusal(vkey));
  });

  it('comes back as it was written', () => {
    const key = fc
      .tuple(keyNames, fc.constantFrom(0x01, 0x04, 0x06), fc.uint8Array({ minLength: 1312, maxLength: 1312 }))
      .map(([name, type, bytes]) => makeVerifierKey(name, type, bytes.slice(0, PUBLIC_KEY_BYTES[type])));
    fc.assert(fc.property(key, (one) => void expect(parseVerifierKey(formatVerifierKey(one))).toEqual(one)));
  });

  it('is refused with every piece cut off, and every byte one higher', () => {
    for (let start = 0; start < PETER.length; start++)
      for (let end = start; end <= PETER.length; end++)
        if (end - start < PETER.length) expect(CODES).toContain(refusal(PETER.slice(start, end)));
    for (let i = 0; i < PETER.length; i++)
      expect(CODES).toContain(refusal(PETER.slice(0, i) + String.fromCharCode(PETER.charCodeAt(i) + 1) + PETER.slice(i + 1)));
  });

  it('says what is wrong with it', () => {
    expect(refusal(PETER)).toBe('accepted');
    expect(refusal(PETER.replace('c74f20a3', 'C74F20A3'))).toBe('key_malformed');
    expect(refusal(PETER.replace('c74f20a3', 'c74f20a4'))).toBe('key_id_mismatch');
    expect(refusal(PETER.replace('PeterNeumann', 'Peter Neumann'))).toBe('key_malformed');
    expect(refusal(`${PETER}\n`)).toBe('key_malformed');
    expect(refusal(`${'a'.repeat(5000)}${PETER}`)).toBe('key_malformed');
    expect(refusal(`a+00000000+${toBase64(Uint8Array.of(0x02, ...new Uint8Array(32)))}`)).toBe('key_type_unknown');
    expect(refusal(`a+00000000+${toBase64(Uint8Array.of(0x01, ...new Uint8Array(31)))}`)).toBe('key_malformed');
    expect(() => makeVerifierKey('a b', 0x01, new Uint8Array(32))).toThrow(RangeError);
    expect(() => makeVerifierKey('a', 0x06, new Uint8Array(32))).toThrow(RangeError);
  });

  it('that is hostile is refused with a code', () => {
    const text = injured(fc.constantFrom(SPEC, PETER)).map((bytes) => Buffer.from(bytes).toString());
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (vkey) => void expect([...CODES, 'accepted']).toContain(refusal(vkey))),
      { numRuns: 500 },
    );
  });
});

describe('the keys of a ledger', () => {
  const dto = (vkey: string, from_size: string, to_size: string | null): SignerKeyDto => ({
    vkey,
    kind: 'ed25519',
    incarnation: 1,
    from_size,
    to_size,
    introduced_at: '2026-01-01T00:00:00Z',
  });

  it('are in force for their sizes alone, both of them at the rotation', () => {
    const keys = [dto(PETER, '0', '100'), dto(SPEC, '100', null)];
    const names = (size: bigint) => keysInForce(keys, size).map(({ name }) => name);
    expect(names(0n)).toEqual(['PeterNeumann']);
    expect(names(99n)).toEqual(['PeterNeumann']);
    expect(names(100n)).toEqual(['PeterNeumann', 'example.com/foo']);
    expect(names(101n)).toEqual(['example.com/foo']);
    expect(names((1n << 63n) - 1n)).toEqual(['example.com/foo']);
  });

  it('with a range that is none are in force nowhere', () => {
    for (const [from, to] of [
      ['', null],
      ['-1', null],
      ['0', ''],
      ['0', 'x'],
      ['5', '4'],
    ] as const)
      expect(keysInForce([dto(PETER, from, to)], 5n)).toEqual([]);
  });
});
