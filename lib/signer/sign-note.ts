import 'server-only';
import { sign } from 'node:crypto';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { utf8 } from '@/lib/chain/bytes';
import { type Checkpoint, parseCheckpoint } from '@/lib/chain/checkpoint';
import { cosignedMessageEd25519, cosignedMessageMlDsa, joinTimestamped } from '@/lib/chain/cosignature';
import type { NoteSignature } from '@/lib/chain/signed-note';
import { cosignerKeys, type KeyPair, verifierKeys } from './keep-keys';

/** A log's own two lines on its checkpoint: Ed25519 over the text, ML-DSA-44 over the tree with the time (seconds since 1970). */
export function signAsLog(pair: KeyPair, text: string, timestamp: bigint): NoteSignature[] {
  const checkpoint = parseCheckpoint(text);
  const [ed25519, mlDsa44] = verifierKeys(pair, checkpoint.origin);
  return [
    { name: ed25519.name, keyId: ed25519.keyId, signature: edSign(pair, utf8(text)) },
    { name: mlDsa44.name, keyId: mlDsa44.keyId, signature: quantumSign(pair, mlDsa44.name, checkpoint, timestamp) },
  ];
}

/** A cosigner's two lines on somebody's checkpoint, both with the time. */
export function signAsWitness(pair: KeyPair, name: string, text: string, timestamp: bigint): NoteSignature[] {
  const checkpoint = parseCheckpoint(text);
  const [ed25519, mlDsa44] = cosignerKeys(pair, name);
  const signature = joinTimestamped({ timestamp, signature: edSign(pair, cosignedMessageEd25519(text, timestamp)) });
  return [
    { name, keyId: ed25519.keyId, signature },
    { name, keyId: mlDsa44.keyId, signature: quantumSign(pair, name, checkpoint, timestamp) },
  ];
}

/** A note that is no checkpoint, such as the statement of an incarnation. */
export function signText(pair: KeyPair, name: string, text: string): NoteSignature {
  const [key] = verifierKeys(pair, name);
  return { name, keyId: key.keyId, signature: edSign(pair, utf8(text)) };
}

function edSign(pair: KeyPair, message: Uint8Array): Uint8Array {
  return Uint8Array.from(sign(null, message, pair.ed25519.secret));
}

function quantumSign(pair: KeyPair, name: string, checkpoint: Checkpoint, timestamp: bigint): Uint8Array {
  return joinTimestamped({
    timestamp,
    signature: ml_dsa44.sign(cosignedMessageMlDsa(name, timestamp, checkpoint), pair.mlDsa44.secret),
  });
}
