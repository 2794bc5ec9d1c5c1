import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import fc from 'fast-check';
import { type Checkpoint, parseCheckpoint } from '../chain/checkpoint';
import { cosignedMessageEd25519, cosignedMessageMlDsa, joinTimestamped } from '../chain/cosignature';
import type { NoteSignature } from '../chain/signed-note';
import { makeVerifierKey, type SignatureType, type VerifierKey } from '../chain/verifier-key';

/** Signs notes for tests, Ed25519 with the platform's implementation and not with the one that verifies. Keys come from a number: the same each time. */
export interface TestSigner {
  key: VerifierKey;
  /** The signature of a note's text; `timestamp` in seconds, for types that have one. */
  sign(text: string, timestamp?: bigint): NoteSignature;
}

export function testSigner(name: string, type: SignatureType, seed: number): TestSigner {
  const secret = new Uint8Array(32).fill(seed);
  if (type === 0x06) {
    const { publicKey, secretKey } = ml_dsa44.keygen(secret);
    const key = makeVerifierKey(name, type, publicKey);
    return {
      key,
      sign(text, timestamp = 1_700_000_000n) {
        const signature = ml_dsa44.sign(cosignedMessageMlDsa(name, timestamp, parseCheckpoint(text)), secretKey, { extraEntropy: false });
        return { name, keyId: key.keyId, signature: joinTimestamped({ timestamp, signature }) };
      },
    };
  }
  const privateKey = ed25519Key(secret);
  const key = makeVerifierKey(name, type, ed25519PublicKey(privateKey));
  return {
    key,
    sign(text, timestamp = 1_700_000_000n) {
      if (type === 0x01) return { name, keyId: key.keyId, signature: new Uint8Array(sign(null, Buffer.from(text), privateKey)) };
      const signature = new Uint8Array(sign(null, cosignedMessageEd25519(text, timestamp), privateKey));
      return { name, keyId: key.keyId, signature: joinTimestamped({ timestamp, signature }) };
    },
  };
}

/** A private key in PKCS #8 from its 32 bytes (RFC 8410). */
export function ed25519Key(secret: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of RFC 8032. */
export function ed25519PublicKey(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
}

/** Names that a key may have, other writing systems included. */
export const keyNames = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => !/[\p{White_Space}+\p{Cc}]/u.test(name) && name.isWellFormed());

const lines = fc.string({ unit: 'grapheme', maxLength: 40 }).map((line) => line.replaceAll(/\p{Cc}/gu, '?'));

/** Texts that a note may have: lines, empty ones too. */
export const noteTexts = fc.array(lines, { minLength: 1, maxLength: 6 }).map((all) => `${all.join('\n')}\n`);

export const noteSignatures = fc.record({
  name: keyNames,
  keyId: fc.integer({ min: 0, max: 0xffff_ffff }),
  signature: fc.uint8Array({ minLength: 1, maxLength: 100 }),
});

export const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  origin: lines.filter((line) => line !== ''),
  size: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n })),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  extensions: fc.array(
    lines.filter((line) => line !== ''),
    { maxLength: 3 },
  ),
});

/** A valid document after one to four small injuries: bytes changed, put in, taken out, pieces doubled or moved. */
export function injured(valid: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const injury = fc.record({
    kind: fc.constantFrom('flip', 'insert', 'remove', 'double', 'cut'),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 60 }),
    with: fc.constantFrom(...[0x00, 0x0a, 0x0a, 0x0d, 0x20, 0x2b, 0x30, 0x39, 0x3d, 0x41, 0x7f, 0x80, 0xc2, 0xe2, 0xff]),
  });
  return fc.tuple(valid, fc.array(injury, { minLength: 1, maxLength: 4 })).map(([text, injuries]) => {
    let bytes = Buffer.from(text);
    for (const { kind, at: anywhere, length, with: byte } of injuries) {
      const at = bytes.length === 0 ? 0 : anywhere % bytes.length;
      const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
      if (kind === 'flip' && bytes.length > 0) bytes = Buffer.from(bytes.with(at, bytes[at] ^ (1 << (length & 7))));
      else if (kind === 'insert') bytes = Buffer.concat([before, Buffer.of(byte), bytes.subarray(at)]);
      else if (kind === 'remove') bytes = Buffer.concat([before, after]);
      else if (kind === 'double') bytes = Buffer.concat([before, piece, piece, after]);
      else bytes = Buffer.from(before);
    }
    return new Uint8Array(bytes);
  });
}
