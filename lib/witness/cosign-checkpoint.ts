import 'server-only';
import type { Checkpoint } from '@/lib/chain/checkpoint';
import { halfSigned } from '@/lib/chain/half-signed';
import { EMPTY_ROOT, verifyConsistency } from '@/lib/chain/merkle';
import { addSignatures, formatNote, type Note, NoteError, signatureLine } from '@/lib/chain/signed-note';
import type { VerifierKey } from '@/lib/chain/verifier-key';
import { openNote } from '@/lib/chain/verify-note';
import { type AddCheckpointForm, parseAddCheckpointForm } from '@/lib/chain/witness-request';
import { signAsWitness } from '@/lib/signer/sign-note';
import { MemoryMoved, type Remembered } from '@/lib/signer/signer-memory';
import type { Witness } from './open-witness';

/** What add-checkpoint answers. */
export type Cosigned =
  | { status: 200; lines: string; size: bigint }
  /** `size` of the latest checkpoint that was cosigned, 0 where none was. */
  | { status: 409; size: bigint }
  | { status: 400 | 403 | 404 | 422; say: string };

const MAX_TRIES = 8;

/**
 * add-checkpoint of C2SP tlog-witness. What is cosigned is on the disk before it is answered; a kill in between leaves a memory that is ahead of what
 * anybody got, which the next request is told as 409. Check and swap are one step: of two requests at once the second is judged by what the first left.
 */
export async function cosignCheckpoint(witness: Witness, body: Uint8Array, now: Date): Promise<Cosigned> {
  let request: AddCheckpointForm;
  try {
    request = parseAddCheckpointForm(body);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { status: 400, say: error.message };
  }
  const { checkpoint, oldSize } = request;
  const keys = witness.logs.get(checkpoint.origin);
  if (keys === undefined) return { status: 404, say: 'This log is not known here.' };
  const log = openLogNote(request.note, checkpoint.origin, keys);
  if (log === null)
    return {
      status: 403,
      say: 'No key that is trusted for this log signed the checkpoint, or its signature does not verify, or one of two kinds is not there.',
    };
  if (oldSize > checkpoint.size) return { status: 400, say: 'The old size is above the size of the checkpoint.' };
  for (let tries = 0; ; tries++) {
    const last = witness.memory.read(checkpoint.origin);
    const refused = judge(request, last);
    if (refused !== null) return refused;
    const { next, lines } = cosign(witness, log, checkpoint, last, now);
    try {
      await witness.memory.compareAndSwap(last, next);
      return { status: 200, lines, size: checkpoint.size };
    } catch (error) {
      if (!(error instanceof MemoryMoved) || tries === MAX_TRIES) throw error;
    }
  }
}

/** The note with the signatures of trusted keys alone; null where there is none, where one of them fails, or where of two kinds that are trusted one is missing. */
function openLogNote(note: Uint8Array, origin: string, keys: readonly VerifierKey[]): Note | null {
  try {
    const opened = openNote(note, keys);
    const signers = opened.verified.map(({ key }) => key);
    if (halfSigned(origin, keys, signers) !== null) return null;
    const isTrusted = (name: string, keyId: number) => opened.verified.some(({ key }) => key.name === name && key.keyId === keyId);
    return { text: opened.note.text, signatures: opened.note.signatures.filter(({ name, keyId }) => isTrusted(name, keyId)) };
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}

function judge({ checkpoint, oldSize, proof }: AddCheckpointForm, last: Remembered | null): Cosigned | null {
  const held = last?.size ?? 0n;
  if (oldSize !== held) return { status: 409, size: held };
  const claim = { size1: held, root1: last?.root ?? EMPTY_ROOT, size2: checkpoint.size, root2: checkpoint.root, proof };
  return verifyConsistency(claim) ? null : { status: 422, say: 'The checkpoint does not extend the one that was cosigned last.' };
}

function cosign(
  { name, pair }: Witness,
  log: Note,
  { origin, size, root }: Checkpoint,
  last: Remembered | null,
  now: Date,
): { next: Remembered; lines: string } {
  // "As of the specified time, this is the largest consistent tree known to the cosigner": no larger tree bears an earlier time (C2SP tlog-cosignature).
  const seconds = BigInt(Math.floor(now.getTime() / 1000));
  const timestamp = last !== null && last.timestamp > seconds ? last.timestamp : seconds;
  const cosignatures = signAsWitness(pair, name, log.text, timestamp);
  const { text, signatures } = addSignatures(log, cosignatures);
  return { next: { origin, size, root, timestamp, note: formatNote(text, signatures) }, lines: cosignatures.map(signatureLine).join('') };
}
