import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpoints, ed25519Key, ed25519PublicKey, injured, testSigner } from '@/lib/testing/sign-notes';
import { haveVectors, vector } from '@/lib/testing/vectors';
import { fromHex, utf8 } from './bytes';
import { formatCheckpoint } from './checkpoint';
import { formatNote, NoteError, type NoteSignature, parseNote } from './signed-note';
import { makeVerifierKey, parseVerifierKey } from './verifier-key';
import { openCheckpoint, openNote, verifyEd25519, verifyMlDsa44, verifySignature } from './verify-note';

const ORIGIN = 'audit.example.org/ledgers/clinic';
const LOG = testSigner(ORIGIN, 0x01, 1);
const LOG_PQ = testSigner(ORIGIN, 0x06, 2);
const WITNESS = testSigner('witness.example/w1', 0x04, 3);
const WITNESS_PQ = testSigner('witness.example/w2', 0x06, 4);
const SIGNERS = [LOG, LOG_PQ, WITNESS, WITNESS_PQ];
const KEYS = SIGNERS.map(({ key }) => key);
const CHECKPOINT = { origin: ORIGIN, size: 12n, root: new Uint8Array(32).fill(9), extensions: [] };
const TEXT = formatCheckpoint(CHECKPOINT);
const SIGNATURES = SIGNERS.map((signer, i) => signer.sign(TEXT, BigInt(1_700_000_000 + i)));
const NOTE = formatNote(TEXT, SIGNATURES);

function refusal(open: () => unknown): string {
  try {
    open();
    return 'accepted';
  } catch (error) {
    if (error instanceof NoteError) return error.code;
    throw error;
  }
}
const flipped = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7)));

describe("others' notes", () => {
  it("are verified: the specification's example", () => {
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    const note =
      'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(openNote(note, [key]).verified).toEqual([{ key, timestamp: null }]);
    expect(refusal(() => openNote(note.replace('example message', 'Example message'), [key]))).toBe('signature_invalid');
  });

  it.skipIf(!haveVectors('note'))('are accepted and refused as they say', () => {
    const { cases } = JSON.parse(vector('note/note-vectors.json').toString());
    const malformed = ['note_malformed', 'signature_malformed', 'control_character', 'utf8_invalid', 'too_many_signatures'];
    const codes: Record<string, string[]> = {
      malformed,
      'invalid signature': ['signature_invalid'],
      'no verifiable signatures': ['no_known_signature'],
    };
    expect(cases.length).toBeGreaterThan(25);
    for (const { id, vkey, note, note_base64, valid, error } of cases) {
      const bytes = note === undefined ? new Uint8Array(Buffer.from(note_base64, 'base64')) : utf8(note);
      expect(valid ? ['accepted'] : codes[error], id).toContain(refusal(() => openNote(bytes, [parseVerifierKey(vkey)])));
    }
  });

  it.skipIf(!haveVectors('note'))('are signed the same by us', () => {
    const [{ skey, text, want }] = JSON.parse(vector('note/note-vectors.json').toString()).signing;
    const secret = new Uint8Array(Buffer.from(skey.split('+').slice(4).join('+'), 'base64')).subarray(1);
    const key = makeVerifierKey('PeterNeumann', 0x01, ed25519PublicKey(ed25519Key(secret)));
    expect(skey).toContain(key.keyId.toString(16));
    expect(refusal(() => openNote(want, [key]))).toBe('accepted');
    expect(parseNote(want).text).toBe(text);
  });
});

describe('Ed25519', () => {
  it('is that of RFC 8032, section 7.1', () => {
    for (const [publicKey, message, signature] of [
      [
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        '',
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      ],
      [
        '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
        '72',
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ],
    ]) {
      expect(verifyEd25519(fromHex(signature), fromHex(message), fromHex(publicKey))).toBe(true);
      for (let bit = 0; bit < 512; bit += 7)
        expect(verifyEd25519(flipped(fromHex(signature), bit), fromHex(message), fromHex(publicKey))).toBe(false);
    }
  });

  it('takes no encoding but the canonical one, no S above the group order, and no key of small order', () => {
    const message = utf8('message');
    const { key } = testSigner('a', 0x01, 5);
    const { signature } = testSigner('a', 0x01, 5).sign('message');
    expect(verifyEd25519(signature, message, key.publicKey)).toBe(true);
    // S + L: the same number modulo the group order, and a second signature to one who does not look.
    const order = (1n << 252n) + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.slice(32).toReversed()).toString('hex')}`) + order;
    const malleable = new Uint8Array([...signature.slice(0, 32), ...Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed()]);
    expect(verifyEd25519(malleable, message, key.publicKey)).toBe(false);
    // The neutral point as key and as R, with S = 0, verifies for every message by the equation alone; in its second encoding too.
    const neutral = fromHex(`01${'00'.repeat(31)}`);
    const alsoNeutral = fromHex(`ee${'ff'.repeat(30)}7f`);
    for (const publicKey of [neutral, alsoNeutral])
      for (const r of [neutral, alsoNeutral])
        expect(verifyEd25519(new Uint8Array([...r, ...new Uint8Array(32)]), message, publicKey)).toBe(false);
  });

  it('of hostile bytes is false, whatever their length', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    );
    fc.assert(
      fc.property(
        bytes,
        fc.uint8Array(),
        bytes,
        (signature, message, key) => void expect(verifyEd25519(signature, message, key)).toBe(false),
      ),
    );
    fc.assert(
      fc.property(
        bytes,
        fc.uint8Array(),
        bytes,
        (signature, message, key) => void expect(verifyMlDsa44(signature, message, key)).toBe(false),
      ),
    );
  });

  const file = 'wycheproof/ed25519_test.json';
  it.skipIf(!haveVectors(file))("is right in others' edge cases", () => {
    const { testGroups } = JSON.parse(vector(file).toString());
    for (const { publicKey, tests } of testGroups)
      for (const { tcId, sig, msg, result } of tests)
        expect(verifyEd25519(fromHex(sig), fromHex(msg), fromHex(publicKey.pk)), `${tcId}`).toBe(result === 'valid');
  });
});

describe('ML-DSA-44', () => {
  const file = 'wycheproof/mldsa_44_verify_test.json';
  it.skipIf(!haveVectors(file))("is right in others' edge cases", () => {
    const { testGroups } = JSON.parse(vector(file).toString());
    for (const { publicKey, tests } of testGroups)
      for (const { tcId, sig, msg, ctx, result } of tests)
        if (!ctx) expect(verifyMlDsa44(fromHex(sig), fromHex(msg), fromHex(publicKey)), `${tcId}`).toBe(result === 'valid');
  });
});

describe('a signed checkpoint', () => {
  it('is opened with the time of every cosignature', () => {
    const { checkpoint, note, verified } = openCheckpoint(utf8(NOTE), KEYS, ORIGIN);
    expect(checkpoint).toEqual(CHECKPOINT);
    expect(note.text).toBe(TEXT);
    expect(verified.map(({ key, timestamp }) => [key.name, key.type, timestamp])).toEqual([
      [ORIGIN, 0x01, null],
      [ORIGIN, 0x06, 1_700_000_001n],
      ['witness.example/w1', 0x04, 1_700_000_002n],
      ['witness.example/w2', 0x06, 1_700_000_003n],
    ]);
  });

  it('is refused with one bit changed in any signature of a known key', () => {
    // Each bit of the short ones and of the time; of the long ones some from every part.
    for (const [i, signature] of SIGNATURES.entries())
      for (let bit = 0; bit < signature.signature.length * 8; bit += i === 0 || bit < 64 ? 5 : signature.signature.length > 100 ? 977 : 5) {
        const changed = SIGNATURES.with(i, { ...signature, signature: flipped(signature.signature, bit) });
        expect(
          refusal(() => openCheckpoint(formatNote(TEXT, changed), KEYS)),
          `${i} ${bit}`,
        ).toBe('signature_invalid');
        expect(verifySignature({ text: TEXT, signatures: changed }, KEYS[i]).ok).toBe(false);
      }
  });

  it('is refused with its text changed in any way', () => {
    for (const changed of [{ origin: `${ORIGIN}x` }, { size: 13n }, { root: flipped(CHECKPOINT.root, 0) }]) {
      const note = { text: formatCheckpoint({ ...CHECKPOINT, ...changed }), signatures: SIGNATURES };
      for (const key of KEYS) expect(verifySignature(note, key)).toEqual({ ok: false, why: 'invalid' });
    }
    // Extension lines are covered by Ed25519 alone: the message of the ML-DSA cosignature has none.
    const extended = { text: formatCheckpoint({ ...CHECKPOINT, extensions: ['x'] }), signatures: SIGNATURES };
    expect(KEYS.map((key) => verifySignature(extended, key).ok)).toEqual([false, true, false, true]);
    expect(refusal(() => openCheckpoint(formatNote(extended.text, SIGNATURES), KEYS, ORIGIN))).toBe('signature_invalid');
  });

  it('passes over unknown keys, also those that share a name or an id with a known one', () => {
    const sameName = testSigner(ORIGIN, 0x01, 7).sign(TEXT);
    const sameId: NoteSignature = { ...sameName, name: 'other.example', keyId: LOG.key.keyId };
    expect(openCheckpoint(formatNote(TEXT, [sameName, sameId, SIGNATURES[0]]), [LOG.key]).verified.length).toBe(1);
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [sameName, sameId]), [LOG.key]))).toBe('no_known_signature');
    expect(verifySignature(parseNote(formatNote(TEXT, [sameName, sameId])), LOG.key)).toEqual({ ok: false, why: 'absent' });
    expect(refusal(() => openCheckpoint(NOTE, []))).toBe('no_known_signature');
    // Name and id of a known key, by another key.
    const forged: NoteSignature = { ...sameName, keyId: LOG.key.keyId };
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [forged, ...SIGNATURES]), [LOG.key]))).toBe('signature_invalid');
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [...SIGNATURES, forged]), [LOG.key]))).toBe('signature_invalid');
  });

  it("of a log must be that log's and signed by it; cosignatures alone do not suffice", () => {
    const cosigned = formatNote(TEXT, SIGNATURES.slice(2));
    expect(refusal(() => openCheckpoint(cosigned, KEYS))).toBe('accepted');
    expect(refusal(() => openCheckpoint(cosigned, KEYS, ORIGIN))).toBe('no_known_signature');
    expect(refusal(() => openCheckpoint(NOTE, KEYS, 'audit.example.org/ledgers/other'))).toBe('origin_mismatch');
    const other = testSigner('other.example', 0x01, 8);
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [other.sign(TEXT)]), [other.key], ORIGIN))).toBe('no_known_signature');
  });

  it('of a log whose keys of both kinds are known must be signed with both: neither can be taken off', () => {
    const [ed25519, mlDsa] = SIGNATURES;
    for (const left of [ed25519, mlDsa]) {
      const stripped = formatNote(TEXT, [left, ...SIGNATURES.slice(2)]);
      expect(refusal(() => openCheckpoint(stripped, KEYS, ORIGIN))).toBe('half_signed');
      expect(refusal(() => openCheckpoint(stripped, [left === ed25519 ? KEYS[0] : KEYS[1]], ORIGIN))).toBe('accepted');
    }
    // A witness's two kinds are the witness's: they make up for nothing.
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [ed25519, SIGNATURES[3]]), KEYS, ORIGIN))).toBe('half_signed');
  });

  it('signed twice by one key counts once, with the newest time, and only where both hold', () => {
    const later = WITNESS.sign(TEXT, 1_800_000_000n);
    const [opened] = openCheckpoint(formatNote(TEXT, [later, SIGNATURES[2], later]), [WITNESS.key]).verified;
    expect(opened.timestamp).toBe(1_800_000_000n);
    const wrong = { ...later, signature: flipped(later.signature, 100) };
    expect(refusal(() => openCheckpoint(formatNote(TEXT, [SIGNATURES[2], wrong]), [WITNESS.key]))).toBe('signature_invalid');
  });

  it('keeps the kinds of signature apart', () => {
    // The same secret under three types: none verifies as another.
    const types = [0x01, 0x04] as const;
    for (const made of types)
      for (const asked of types) {
        const { signature } = testSigner('a', made, 9).sign(TEXT);
        const { key } = testSigner('a', asked, 9);
        const result = verifySignature({ text: TEXT, signatures: [{ name: 'a', keyId: key.keyId, signature }] }, key);
        expect(result).toEqual(
          made === asked ? (made === 0x01 ? { ok: true } : { ok: true, timestamp: 1_700_000_000n }) : { ok: false, why: 'malformed' },
        );
      }
    const cosigner = testSigner('a', 0x04, 9);
    const withoutTime = { name: 'a', keyId: testSigner('a', 0x01, 9).key.keyId, signature: cosigner.sign(TEXT).signature.subarray(8) };
    expect(verifySignature({ text: TEXT, signatures: [withoutTime] }, testSigner('a', 0x01, 9).key)).toEqual({ ok: false, why: 'invalid' });
  });

  it('commits an ML-DSA cosignature to the name of its cosigner', () => {
    const { signature } = WITNESS_PQ.sign(TEXT);
    const renamed = makeVerifierKey('witness.example/w3', 0x06, WITNESS_PQ.key.publicKey);
    const note = { text: TEXT, signatures: [{ name: renamed.name, keyId: renamed.keyId, signature }] };
    expect(verifySignature(note, renamed)).toEqual({ ok: false, why: 'invalid' });
  });

  it('says why a signature is none', () => {
    const text = 'not a checkpoint\n';
    const cosignature = (name: string, keyId: number, bytes: number) => ({ name, keyId, signature: new Uint8Array(bytes) });
    const [, pq, witness] = KEYS;
    expect(verifySignature({ text, signatures: [cosignature(witness.name, witness.keyId, 72)] }, witness)).toEqual({
      ok: false,
      why: 'not_a_checkpoint',
    });
    expect(verifySignature({ text, signatures: [cosignature(pq.name, pq.keyId, 2428)] }, pq)).toEqual({
      ok: false,
      why: 'not_a_checkpoint',
    });
    expect(verifySignature({ text: TEXT, signatures: [cosignature(pq.name, pq.keyId, 2427)] }, pq)).toEqual({
      ok: false,
      why: 'malformed',
    });
    expect(verifySignature({ text: TEXT, signatures: [cosignature(LOG.key.name, LOG.key.keyId, 63)] }, LOG.key)).toEqual({
      ok: false,
      why: 'malformed',
    });
    // An origin that the message of this type cannot hold.
    const long = formatCheckpoint({ ...CHECKPOINT, origin: 'a'.repeat(256) });
    expect(verifySignature({ text: long, signatures: [cosignature(pq.name, pq.keyId, 2428)] }, pq)).toEqual({
      ok: false,
      why: 'malformed',
    });
  });

  it('of any content is opened with what was signed', () => {
    fc.assert(
      fc.property(checkpoints, fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), (checkpoint, time) => {
        const text = formatCheckpoint(checkpoint);
        const opened = openCheckpoint(formatNote(text, [LOG.sign(text), WITNESS.sign(text, time)]), [LOG.key, WITNESS.key]);
        expect(opened.checkpoint).toEqual(checkpoint);
        expect(opened.verified.map(({ timestamp }) => timestamp)).toEqual([null, time]);
      }),
      { numRuns: 30 },
    );
  });

  it('that is hostile is refused with a code, or is what the log signed', () => {
    const log = [LOG.key, WITNESS.key];
    const codes = [
      'too_large',
      'utf8_invalid',
      'control_character',
      'note_malformed',
      'signature_malformed',
      'too_many_signatures',
      'checkpoint_malformed',
      'signature_invalid',
      'no_known_signature',
      'origin_mismatch',
    ];
    fc.assert(
      fc.property(fc.oneof(injured(fc.constant(formatNote(TEXT, [SIGNATURES[0], SIGNATURES[2]]))), fc.uint8Array()), (bytes) => {
        const code = refusal(() => expect(openCheckpoint(bytes, log, ORIGIN).note.text).toBe(TEXT));
        expect([...codes, 'accepted']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});
