import 'server-only';
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import * as z from 'zod/mini';
import { fromBase64, toBase64 } from '@/lib/chain/base64';
import { COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, makeVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';

/** Two keys that sign side by side: one that every tool knows, and one that a quantum computer does not break. */
export interface KeyPair {
  ed25519: { secret: KeyObject; publicKey: Uint8Array };
  mlDsa44: { secret: Uint8Array; publicKey: Uint8Array };
}

/** `next` is set while keys are being changed: both sign until every ledger has been handed over. */
export interface SignerKeys {
  current: KeyPair;
  next: KeyPair | null;
}

const SEED_BYTES = 32;
const Seeds = z.strictObject({ ed25519: z.string(), ml_dsa_44: z.string() });
const Stored = z.strictObject({ format: z.literal('holdfast/signer-keys/v1'), current: Seeds, next: z.nullable(Seeds) });
type Stored = z.infer<typeof Stored>;

/** @returns null where no keys were made yet. @throws Error for a file that holds no keys, or that others than its owner may open. */
export function readKeys(file: string): SignerKeys | null {
  if (!existsSync(file)) return null;
  const stored = readStored(file);
  return { current: pairOf(file, stored.current), next: stored.next === null ? null : pairOf(file, stored.next) };
}

/** The keys of the file, made where there are none: readable by their owner alone. Of several first starts at once, one makes them. */
export function keepKeys(file: string): SignerKeys {
  if (!existsSync(file)) writeStored(file, { format: 'holdfast/signer-keys/v1', current: newSeeds(), next: null }, 'new');
  return readKeys(file)!;
}

/**
 * Keys that an operator has given: a secret that was not mounted must not be taken for a first start, for then the ledger would be signed by keys that nobody
 * keeps.
 * @throws Error where there is no such file, and as {@link readKeys}.
 */
export function givenKeys(file: string): SignerKeys {
  const keys = readKeys(file);
  if (keys === null)
    throw new Error(
      `There is no ${file}, which SIGNER_KEY_FILE names. Put the keys there, or leave SIGNER_KEY_FILE out: then a first start makes them in the signer’s folder.`,
    );
  return keys;
}

/** New keys beside the present ones; they are the only ones when {@link finishRotation} says so. */
export function beginRotation(file: string): SignerKeys {
  const stored = readStored(file);
  writeStored(file, { ...stored, next: stored.next ?? newSeeds() });
  return readKeys(file)!;
}

/** From now on the new keys sign alone; the old secrets are gone. */
export function finishRotation(file: string): void {
  const stored = readStored(file);
  if (stored.next !== null) writeStored(file, { ...stored, current: stored.next, next: null });
}

/** The names under which a pair signs for an origin: a checkpoint's note signature, and its timestamped cosignature. */
export function verifierKeys(pair: KeyPair, origin: string): [ed25519: VerifierKey, mlDsa44: VerifierKey] {
  return [makeVerifierKey(origin, ED25519, pair.ed25519.publicKey), makeVerifierKey(origin, COSIGNATURE_ML_DSA_44, pair.mlDsa44.publicKey)];
}

/** The names under which a pair cosigns as a witness. */
export function cosignerKeys(pair: KeyPair, name: string): [ed25519: VerifierKey, mlDsa44: VerifierKey] {
  return [
    makeVerifierKey(name, COSIGNATURE_ED25519, pair.ed25519.publicKey),
    makeVerifierKey(name, COSIGNATURE_ML_DSA_44, pair.mlDsa44.publicKey),
  ];
}

function newSeeds(): z.infer<typeof Seeds> {
  return { ed25519: toBase64(randomBytes(SEED_BYTES)), ml_dsa_44: toBase64(randomBytes(SEED_BYTES)) };
}

/** A seed of 32 bytes as a key of PKCS #8. @see RFC 8410 §7 */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

function pairOf(file: string, seeds: z.infer<typeof Seeds>): KeyPair {
  const [first, second] = [fromBase64(seeds.ed25519), fromBase64(seeds.ml_dsa_44)];
  if (first?.length !== SEED_BYTES || second?.length !== SEED_BYTES)
    throw new Error(`${file} is damaged: a seed is ${SEED_BYTES} bytes in base 64. Restore it from a copy.`);
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, first]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  const quantum = ml_dsa44.keygen(second);
  return {
    ed25519: { secret, publicKey: Uint8Array.from(spki.subarray(-32)) },
    mlDsa44: { secret: quantum.secretKey, publicKey: quantum.publicKey },
  };
}

function readStored(file: string): Stored {
  const mode = statSync(file).mode & 0o777;
  // Windows has no such bits.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32')
    throw new Error(
      `${file} may be opened by others than its owner (mode ${mode.toString(8).padStart(3, '0')}): it holds private keys. Run chmod 600 ${file}, and rotate them if somebody may have read it.`,
    );
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const stored = z.safeParse(Stored, parsed);
  if (!stored.success) throw new Error(`${file} does not hold the keys of a signer. Restore it from a copy.`);
  return stored.data;
}

/** @param how `new`: a file that another process has made meanwhile stays as it is. */
function writeStored(file: string, stored: Stored, how: 'new' | 'over' = 'over'): void {
  const dir = path.dirname(file);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  const handle = openSync(fresh, 'w', 0o600);
  writeSync(handle, `${JSON.stringify(stored, null, 2)}\n`);
  fsyncSync(handle);
  closeSync(handle);
  if (how === 'over') renameSync(fresh, file);
  else {
    try {
      linkSync(fresh, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    rmSync(fresh);
  }
  const folder = openSync(dir, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
