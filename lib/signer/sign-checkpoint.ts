import 'server-only';
import { equalBytes } from '@/lib/chain/bytes';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { verifyConsistency } from '@/lib/chain/merkle';
import { formatNote } from '@/lib/chain/signed-note';
import type { KeyPair, SignerKeys } from './keep-keys';
import { signAsLog } from './sign-note';
import type { Remembered, SignerMemory } from './signer-memory';

/**
 * rollback: the tree is smaller than one that was signed. fork: of the same size with another root. inconsistent: it does not extend what was signed.
 * memory_lost: the ledger was signed before, and this signer does not remember it.
 */
export type RefusalCode = 'rollback' | 'fork' | 'inconsistent' | 'memory_lost';

/** The signer does not sign; that is an answer and no fault of the program. */
export class SignerRefusal extends Error {
  override readonly name = 'SignerRefusal';
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly remembered: Remembered | null,
  ) {
    super(message);
  }
}

export interface Signer {
  keys: SignerKeys;
  memory: SignerMemory;
}

export interface SignRequest {
  origin: string;
  size: bigint;
  root: Uint8Array;
  /** Who signs: at a hand-over the old pair and the new one. */
  by: readonly KeyPair[];
  /** The store says that this origin was signed before: a memory without it is one that was lost. */
  signedBefore: boolean;
  /** Proof that the tree of `size` extends the one of `from`. */
  proveFrom(from: bigint): Promise<Uint8Array[]>;
  now: Date;
}

/**
 * Signs a tree if it extends what was signed last under its origin, and nothing else (C2SP tlog-checkpoint, "A log MUST not sign any checkpoint which is
 * inconsistent with any checkpoint it previously signed"). The state is on the signer's own disk before the note leaves: after a kill in between, the
 * memory holds a note that nobody got, which is given out by the next step; never is a note out that the memory does not know.
 * @throws SignerRefusal; MemoryMoved where another process signed meanwhile
 */
export async function signCheckpoint(memory: SignerMemory, request: SignRequest): Promise<Remembered> {
  const { origin, size, root, by } = request;
  const last = memory.read(origin);
  if (last === null && request.signedBefore)
    throw new SignerRefusal(
      'memory_lost',
      `The ledger was signed as ${origin} before, and the signer on this machine does not remember it.`,
      null,
    );
  if (last !== null) await assertExtends(last, request);
  // A clock that was set back makes no checkpoint older than the one before it.
  const seconds = BigInt(Math.floor(request.now.getTime() / 1000));
  const timestamp = last !== null && last.timestamp > seconds ? last.timestamp : seconds;
  const text = formatCheckpoint({ origin, size, root, extensions: [] });
  const signatures = by.flatMap((pair) => signAsLog(pair, text, timestamp));
  const next: Remembered = { origin, size, root, timestamp, note: formatNote(text, signatures) };
  await memory.compareAndSwap(last, next);
  return next;
}

async function assertExtends(last: Remembered, { size, root, proveFrom }: SignRequest): Promise<void> {
  if (size < last.size) throw new SignerRefusal('rollback', `The ledger has ${size} entries; ${last.size} were signed.`, last);
  if (size === last.size) {
    if (!equalBytes(root, last.root)) throw new SignerRefusal('fork', `Another tree of ${size} entries was signed.`, last);
    return;
  }
  const proof = await proveFrom(last.size);
  if (!verifyConsistency({ size1: last.size, root1: last.root, size2: size, root2: root, proof }))
    throw new SignerRefusal('inconsistent', `The tree of ${size} entries does not extend the one of ${last.size} that was signed.`, last);
}
