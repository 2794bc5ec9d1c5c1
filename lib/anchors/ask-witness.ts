import 'server-only';
import { readDecimal } from '@/lib/chain/decimal';
import {
  MAX_NOTE_BYTES,
  type Note,
  NoteError,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  signatureLine,
} from '@/lib/chain/signed-note';
import type { VerifierKey } from '@/lib/chain/verifier-key';
import { verifyOne } from '@/lib/chain/verify-note';
import { formatAddCheckpoint } from '@/lib/chain/witness-request';
import { guardedFetch, type OutboundAnswer } from '@/lib/outbound/guarded-fetch';

/**
 * unknown_log: the witness does not know this origin (404). untrusted: it does not trust the log's keys (403). inconsistent: the tree does not extend what
 * it cosigned (422). ahead: it cosigned a larger tree of this origin. moved: others submit meanwhile. refused: whatever other status. bad_answer: what it sent
 * is no cosignature of this checkpoint by a key that is known.
 */
export type WitnessRefusalCode = 'unknown_log' | 'untrusted' | 'inconsistent' | 'ahead' | 'moved' | 'refused' | 'bad_answer';

export class WitnessRefusal extends Error {
  override readonly name = 'WitnessRefusal';
  constructor(
    readonly code: WitnessRefusalCode,
    message: string,
  ) {
    super(message);
  }
}

export interface WitnessAsk {
  /** Submission prefix: the address without `add-checkpoint`. */
  url: string;
  /** Cosignature keys (types 0x04 and 0x06) that are believed to be the witness's. */
  keys: readonly VerifierKey[];
  /** The signed checkpoint, with the log's own signatures. */
  note: string;
  size: bigint;
  /** The tree that the witness had last, as far as is known here; 0 where nothing is. */
  lastSize: bigint;
  /** Proof that the tree of `size` extends the one of `from`, 0 < from < size. */
  proveFrom(from: bigint): Promise<Uint8Array[]>;
}

const TIMEOUT_MS = 20_000;

/**
 * Submits a checkpoint to a witness and gives back its verified signature lines. What the witness had last is asked for by a first attempt where it is not
 * known (409), and the second goes from there.
 * @throws WitnessRefusal; OutboundError
 * @see https://c2sp.org/tlog-witness
 */
export async function askWitness(ask: WitnessAsk): Promise<string> {
  // What another time or another machine told may lie beyond this tree; the protocol asks for an old size that does not.
  const first = ask.lastSize > ask.size ? 0n : ask.lastSize;
  let answer = await submit(ask, first);
  if (answer.status === 409) {
    const held = readSize(answer);
    if (held > ask.size) throw new WitnessRefusal('ahead', `The witness has cosigned a tree of ${held} entries; this one has ${ask.size}.`);
    answer = await submit(ask, held);
  }
  if (answer.status !== 200) throw refusalOf(answer.status);
  return readCosignatures(answer.body, parseNote(ask.note), ask.keys);
}

async function submit(ask: WitnessAsk, oldSize: bigint): Promise<OutboundAnswer> {
  const proof = oldSize === 0n || oldSize === ask.size ? [] : await ask.proveFrom(oldSize);
  return guardedFetch(addressOf(ask.url), {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8', accept: 'text/plain, text/x.tlog.size' },
    body: formatAddCheckpoint({ oldSize, proof, note: ask.note }),
    maxBytes: MAX_NOTE_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
}

/** `<submission prefix>/add-checkpoint`, whether or not the prefix was entered with its slash. */
function addressOf(prefix: string): string {
  const url = new URL(prefix);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/add-checkpoint`;
  url.hash = '';
  return url.href;
}

function readSize({ headers, body }: OutboundAnswer): bigint {
  const text = body.length <= 32 ? body.toString('latin1') : '';
  const size = text.endsWith('\n') ? readDecimal(text.slice(0, -1)) : null;
  if (headers['content-type'] !== 'text/x.tlog.size' || size === null)
    throw new WitnessRefusal('bad_answer', 'The witness says that it has another tree, and not of which size.');
  return size;
}

const REFUSALS: Partial<Record<number, [code: WitnessRefusalCode, say: string]>> = {
  403: ['untrusted', 'The witness does not know the keys that signed this checkpoint. Give it the verifier keys of this ledger.'],
  404: ['unknown_log', 'The witness does not know this ledger. Give it the origin and the verifier keys of this ledger.'],
  409: ['moved', 'The witness was given another checkpoint meanwhile.'],
  422: ['inconsistent', 'The witness says that this tree does not extend the one that it cosigned.'],
};

function refusalOf(status: number): WitnessRefusal {
  const [code, say] = REFUSALS[status] ?? ['refused', `The witness answered with status ${status}.`];
  return new WitnessRefusal(code, say);
}

/** A key that is known and does not verify rejects the whole answer; lines of unknown keys are passed over. */
function readCosignatures(body: Uint8Array, { text }: Note, keys: readonly VerifierKey[]): string {
  let lines: NoteSignature[];
  try {
    lines = parseSignatureLines(body);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new WitnessRefusal('bad_answer', `The witness did not answer with signature lines: ${error.message}`);
  }
  const own = lines.flatMap((line) => {
    const key = keys.find(({ name, keyId }) => name === line.name && keyId === line.keyId);
    return key === undefined ? [] : [{ line, key }];
  });
  if (own.length === 0) throw new WitnessRefusal('bad_answer', 'The witness did not sign with the key that is known here.');
  for (const { line, key } of own) {
    const result = verifyOne({ text, signatures: [line] }, line, key);
    if (!result.ok) throw new WitnessRefusal('bad_answer', `The cosignature of ${key.name} does not verify (${result.why}).`);
    if (result.timestamp === undefined || result.timestamp === 0n)
      throw new WitnessRefusal('bad_answer', `The cosignature of ${key.name} bears no time.`);
  }
  return [...new Set(own.map(({ line }) => signatureLine(line)))].join('');
}
