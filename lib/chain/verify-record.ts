import type { RecordProofDto, SignerKeyDto } from '@/lib/schema/proofs';
import { fromBase64 } from './base64';
import { concatBytes, equalBytes, fromHex, toHex, utf8 } from './bytes';
import { type Checkpoint, parseCheckpoint } from './checkpoint';
import { readDecimal } from './decimal';
import { ENTRY_TAG, type EntryHeader, entryPreimage, type Sha256, sha256 } from './entry-hash';
import { halfSigned } from './half-signed';
import { keysInForce } from './keys-in-force';
import { leafPreimage, type PathNode, walkInclusion } from './merkle';
import { readJson, STORED_LIMITS } from './read-json';
import type { PreimagePart, RecordStep, StepFault, StepSigner } from './record-step';
import { keyIdBytes, type Note, NoteError, type NoteSignature, parseNote } from './signed-note';
import { parseTlogProof, type TlogProof } from './tlog-proof';
import { COSIGNATURE_ML_DSA_44, type VerifierKey } from './verifier-key';
import { signedMessage, verifyOne } from './verify-note';

export type { PreimagePart, RecordStep, StepFault, StepSigner } from './record-step';

export interface RecordVerdict {
  /**
   * tampered: a hash or signature does not verify. cannot_verify: nothing contradicts, but no readable proof with a signature of a key that is known
   * and in force for its size covers the record, or, of two kinds of key, one alone signed. valid: all the rest; an archived body is a step not_checked.
   */
  verdict: 'valid' | 'tampered' | 'cannot_verify';
  steps: RecordStep[];
}

/** Of a step that hashes nothing. */
const BARE = { preimage: '', hash: '', expected: null, parts: [] };

/**
 * One record verified from its proof, step by step, for someone who wants to see each hash: body → entry → leaf → path → root → signatures.
 * What the fields hold is hostile: everything is recomputed, nothing is thrown.
 * @param trusted keys that the one who verifies has from elsewhere. Without them those that came with the proof are used, which shows that the record
 * agrees with itself and not who signed it.
 */
export function verifyRecord(dto: RecordProofDto, trusted: readonly SignerKeyDto[] = dto.keys, hash: Sha256 = sha256): RecordVerdict {
  const header = readHeader(dto);
  if (header === null) return { verdict: 'cannot_verify', steps: [{ ...BARE, name: 'entry_hash', outcome: 'failed', why: 'malformed' }] };
  const steps = [...bodySteps(dto, hash), entryStep(dto, header, hash)];
  const proof = readProof(dto, steps);
  const signed = proof === null ? false : proofSteps(dto, proof, trusted, steps, hash);
  const failed = steps.some(({ name, outcome, why }) => outcome === 'failed' && (name !== 'proof' || why === 'other_index'));
  return { verdict: failed ? 'tampered' : !signed ? 'cannot_verify' : 'valid', steps };
}

function readHeader(dto: RecordProofDto): EntryHeader | null {
  const hashes = [dto.previous_hash, dto.body_hash, dto.integrity_hash];
  const [seq, receivedAtUs, conversationSeq] = [dto.seq, dto.received_at_us, dto.conversation_seq].map(readDecimal);
  if (seq === null || receivedAtUs === null || conversationSeq === null || !hashes.every((one) => /^[0-9a-f]{64}$/.test(one))) return null;
  return { seq, receivedAtUs, conversationSeq, previousHash: fromHex(dto.previous_hash), bodyHash: fromHex(dto.body_hash) };
}

/** The digest of the body is the one in the header, and the body is that of the record asked for. */
function bodySteps(dto: RecordProofDto, hash: Sha256): RecordStep[] {
  if (dto.body === null)
    return [{ ...BARE, name: 'body_digest', outcome: 'not_checked', why: 'body_archived', hash: dto.body_hash, expected: dto.body_hash }];
  const body = fromBase64(dto.body);
  if (body === null) return [{ ...BARE, name: 'body_digest', outcome: 'failed', why: 'malformed', expected: dto.body_hash }];
  const digest = { ...BARE, preimage: toHex(body), hash: toHex(hash(body)), expected: dto.body_hash };
  return [
    { ...digest, name: 'body_digest', ...compare(digest.hash === dto.body_hash) },
    {
      ...BARE,
      name: 'record_id',
      ...compare(idOf(body) === dto.id),
      hash: toHex(utf8(idOf(body) ?? '')),
      expected: toHex(utf8(dto.id)),
    },
  ];
}

function entryStep(dto: RecordProofDto, header: EntryHeader, hash: Sha256): RecordStep {
  const preimage = entryPreimage(header);
  const hex = toHex(preimage);
  const lengths = [
    ['tag', ENTRY_TAG.length],
    ['seq', 8],
    ['received_at_us', 8],
    ['conversation_seq', 8],
    ['previous_hash', 32],
    ['body_hash', 32],
  ] as const;
  let at = 0;
  const parts = lengths.map(([name, bytes]): PreimagePart => {
    const start = at;
    at += 2 * bytes;
    return { name, hex: hex.slice(start, at) };
  });
  const found = toHex(hash(preimage));
  return {
    name: 'entry_hash',
    ...compare(found === dto.integrity_hash),
    preimage: hex,
    hash: found,
    expected: dto.integrity_hash,
    parts,
  };
}

interface ReadProof extends TlogProof {
  parsed: Note;
  checkpoint: Checkpoint;
}

/** Adds the step that says whether there is a proof, readable and of this position. */
function readProof(dto: RecordProofDto, steps: RecordStep[]): ReadProof | null {
  if (dto.tlog_proof === null) {
    steps.push({ ...BARE, name: 'proof', outcome: 'not_checked', why: 'not_covered' });
    return null;
  }
  try {
    const proof = parseTlogProof(dto.tlog_proof);
    const parsed = parseNote(proof.note);
    const own = proof.index.toString() === dto.seq;
    steps.push({ ...BARE, name: 'proof', outcome: own ? 'passed' : 'failed', why: own ? null : 'other_index' });
    return { ...proof, parsed, checkpoint: parseCheckpoint(parsed.text) };
  } catch (error) {
    steps.push({ ...BARE, name: 'proof', outcome: 'failed', why: codeOf(error) });
    return null;
  }
}

/** Adds leaf, path, root and signatures; true where keys of the log that are in force signed, of each kind that is known. */
function proofSteps(dto: RecordProofDto, proof: ReadProof, trusted: readonly SignerKeyDto[], steps: RecordStep[], hash: Sha256): boolean {
  const { checkpoint } = proof;
  const leaf = leafPreimage(fromHex(dto.integrity_hash));
  const leafHash = hash(leaf);
  steps.push({
    ...BARE,
    name: 'leaf_hash',
    outcome: 'passed',
    why: null,
    preimage: toHex(leaf),
    hash: toHex(leafHash),
    parts: [
      { name: 'prefix', hex: '00' },
      { name: 'integrity_hash', hex: dto.integrity_hash },
    ],
  });
  const nodes = walkInclusion({ index: proof.index, size: checkpoint.size, leafHash, proof: proof.proof }, hash);
  if (nodes === null) steps.push({ ...BARE, name: 'root', outcome: 'failed', why: 'wrong_length', expected: toHex(checkpoint.root) });
  else {
    steps.push(...nodes.map(nodeStep));
    const root = nodes.length === 0 ? leafHash : nodes[nodes.length - 1].hash;
    steps.push({
      ...BARE,
      name: 'root',
      ...compare(equalBytes(root, checkpoint.root)),
      hash: toHex(root),
      expected: toHex(checkpoint.root),
    });
  }
  if (dto.checkpoint !== null) {
    const told = dto.checkpoint.size === checkpoint.size.toString() && dto.checkpoint.root === toHex(checkpoint.root);
    steps.push({ ...BARE, name: 'checkpoint', ...compare(told), hash: toHex(checkpoint.root), expected: dto.checkpoint.root });
  }
  return signatureSteps(proof, trusted, steps, hash);
}

function nodeStep({ left, right, sibling, hash }: PathNode, i: number): RecordStep {
  return {
    ...BARE,
    name: 'path_node',
    outcome: 'passed',
    why: null,
    preimage: toHex(concatBytes(Uint8Array.of(1), left, right)),
    hash: toHex(hash),
    parts: [
      { name: 'prefix', hex: '01' },
      { name: 'left', hex: toHex(left) },
      { name: 'right', hex: toHex(right) },
    ],
    node: { step: i + 1, sibling },
  };
}

function signatureSteps({ parsed, checkpoint }: ReadProof, trusted: readonly SignerKeyDto[], steps: RecordStep[], hash: Sha256): boolean {
  let keys: VerifierKey[];
  try {
    keys = keysInForce(trusted, checkpoint.size);
  } catch (error) {
    steps.push({ ...BARE, name: 'signature', outcome: 'not_checked', why: codeOf(error) });
    return false;
  }
  const signed: VerifierKey[] = [];
  for (const line of parsed.signatures) {
    const key = keys.find(({ name, keyId }) => name === line.name && keyId === line.keyId);
    const step = key === undefined ? unknownSigner(line) : knownSigner(parsed, line, key, hash);
    if (step.outcome === 'passed' && key?.name === checkpoint.origin) signed.push(key);
    steps.push(step);
  }
  if (signed.length === 0) return false;
  const half = halfSigned(checkpoint.origin, keys, signed) !== null;
  if (half) steps.push({ ...BARE, name: 'signature', outcome: 'not_checked', why: 'half_signed' });
  return !half;
}

function unknownSigner(line: NoteSignature): RecordStep {
  return { ...BARE, name: 'signature', outcome: 'not_checked', why: 'unknown_key', signer: signerOf(line, null, null) };
}

function knownSigner(note: Note, line: NoteSignature, key: VerifierKey, hash: Sha256): RecordStep {
  const signed = signedMessage(note, line, key);
  const result = verifyOne(note, line, key);
  const message = typeof signed === 'string' ? null : signed.message;
  const timestamp = result.ok && result.timestamp !== undefined ? result.timestamp : null;
  return {
    ...BARE,
    name: 'signature',
    outcome: result.ok ? 'passed' : 'failed',
    why: result.ok ? null : result.why,
    preimage: message === null ? '' : toHex(message),
    hash: message === null ? '' : toHex(hash(message)),
    signer: signerOf(line, key.type === COSIGNATURE_ML_DSA_44 ? 'ml-dsa-44' : 'ed25519', timestamp),
  };
}

function signerOf({ name, keyId, signature }: NoteSignature, kind: StepSigner['kind'], timestamp: bigint | null): StepSigner {
  return {
    name,
    key_id: toHex(keyIdBytes(keyId)),
    kind,
    signed_at: timestamp === null ? null : rfc3339(timestamp),
    signature: toHex(signature),
  };
}

/** Seconds since 1970 as a time; null for 0, which makes no statement, and for years that RFC 3339 cannot write. */
function rfc3339(seconds: bigint): string | null {
  return seconds === 0n || seconds > 253_402_300_799n ? null : new Date(Number(seconds) * 1000).toISOString();
}

function compare(same: boolean): Pick<RecordStep, 'outcome' | 'why'> {
  return same ? { outcome: 'passed', why: null } : { outcome: 'failed', why: 'differs' };
}

function idOf(body: Uint8Array): string | null {
  try {
    const value = readJson(body, STORED_LIMITS);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value.id === 'string' ? value.id : null;
  } catch {
    return null;
  }
}

function codeOf(error: unknown): StepFault {
  return error instanceof NoteError ? error.code : 'malformed';
}
