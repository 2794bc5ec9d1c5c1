import 'server-only';
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { utf8 } from '@/lib/chain/bytes';
import { type Checkpoint, formatCheckpoint } from '@/lib/chain/checkpoint';
import { cosignedMessageMlDsa, joinTimestamped } from '@/lib/chain/cosignature';
import type { NoteSignature } from '@/lib/chain/signed-note';
import { COSIGNATURE_ML_DSA_44, ED25519, formatVerifierKey, makeVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';

export const SEED_BYTES = 32;

export interface Seeds {
  ed25519: Uint8Array;
  mlDsa44: Uint8Array;
}

export interface NamedKeys {
  ed25519: VerifierKey;
  mlDsa44: VerifierKey;
  /** As texts, in this order. */
  vkeys: [ed25519: string, mlDsa44: string];
}

/** PKCS #8 around the 32 bytes of an Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key and an ML-DSA-44 key, which sign side by side: a log is kept for longer than one kind of signature may hold. */
export class KeySet {
  readonly publicKeys: { ed25519: Uint8Array; mlDsa44: Uint8Array };
  // Made once: 16,400 signatures a second against 1,300.
  readonly #ed25519: KeyObject;
  readonly #mlDsa44: Uint8Array;
  readonly #named = new Map<string, NamedKeys>();

  /** @throws RangeError for seeds that are not 32 bytes. */
  constructor(seeds: Seeds) {
    if (seeds.ed25519.length !== SEED_BYTES || seeds.mlDsa44.length !== SEED_BYTES) throw new RangeError('a seed has 32 bytes');
    this.#ed25519 = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seeds.ed25519]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#ed25519).export({ format: 'der', type: 'spki' });
    const { publicKey, secretKey } = ml_dsa44.keygen(seeds.mlDsa44);
    this.#mlDsa44 = secretKey;
    this.publicKeys = { ed25519: new Uint8Array(spki.subarray(-32)), mlDsa44: publicKey };
  }

  /** What these keys are called as keys of a log: a key's name is the log's origin. */
  named(origin: string): NamedKeys {
    let named = this.#named.get(origin);
    if (named === undefined) {
      const ed25519 = makeVerifierKey(origin, ED25519, this.publicKeys.ed25519);
      const mlDsa44 = makeVerifierKey(origin, COSIGNATURE_ML_DSA_44, this.publicKeys.mlDsa44);
      named = { ed25519, mlDsa44, vkeys: [formatVerifierKey(ed25519), formatVerifierKey(mlDsa44)] };
      this.#named.set(origin, named);
    }
    return named;
  }

  /**
   * Both signatures of a checkpoint. The time stands in the one of ML-DSA-44, which is a timestamped cosignature by the log itself.
   * Takes some milliseconds, all of them in the second kind.
   * @param timestamp seconds since 1970
   */
  sign(checkpoint: Checkpoint, timestamp: bigint): NoteSignature[] {
    const { ed25519, mlDsa44 } = this.named(checkpoint.origin);
    const text = formatCheckpoint(checkpoint);
    return [
      { name: ed25519.name, keyId: ed25519.keyId, signature: this.signText(text) },
      {
        name: mlDsa44.name,
        keyId: mlDsa44.keyId,
        signature: joinTimestamped({
          timestamp,
          signature: ml_dsa44.sign(cosignedMessageMlDsa(mlDsa44.name, timestamp, checkpoint), this.#mlDsa44),
        }),
      },
    ];
  }

  /** Ed25519 over the text of a note. */
  signText(text: string): Uint8Array {
    return new Uint8Array(sign(null, utf8(text), this.#ed25519));
  }
}
