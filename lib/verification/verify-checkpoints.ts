import 'server-only';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type pg from 'pg';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { parseCheckpoint } from '@/lib/chain/checkpoint';
import { EMPTY_ROOT } from '@/lib/chain/merkle';
import { type Note, NoteError, parseNote } from '@/lib/chain/signed-note';
import { COSIGNATURE_ML_DSA_44, parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { signedMessage, verifySignature } from '@/lib/chain/verify-note';

/** A key of the ledger and the checkpoints that it may sign. */
export interface SignerKey {
  vkey: string;
  kind: 'ed25519' | 'ml-dsa-44';
  incarnation: number;
  fromSize: bigint;
  toSize: bigint | null;
}

/** Some of the checkpoints of a ledger, in their order. */
export interface CheckpointTask {
  ledgerId: number;
  /** Both ends included, by number; or by the size that they cover, up to the checkpoint `upTo`. */
  part:
    | { by: 'number'; from: bigint; to: bigint }
    | { by: 'size'; from: bigint; to: bigint; upTo: bigint; after: { size: bigint; number: bigint } | null };
  keys: SignerKey[];
  origins: { incarnation: number; origin: string }[];
  /** Every so many-th number has its ML-DSA-44 signature verified, and this one. */
  sampleEvery: bigint;
  newest: bigint;
}

export interface CheckpointResult {
  checked: number;
  mlDsaChecked: number;
  breaks: ChainBreak[];
  breaksTotal: number;
  /** The last one that was looked at; null where there was none. */
  last: { size: bigint; number: bigint } | null;
}

/** Checkpoints a query. */
export const CHECKPOINT_PAGE = 1_000;
const KEPT = 1_000;

interface Row {
  number: string;
  incarnation: number;
  size: string;
  root: Buffer;
  note: Buffer;
  signed_at_us: string;
}

/**
 * Each checkpoint by itself (a note that a key of the ledger signed, and that says what its row says) and against the one before. Ed25519 is verified for
 * every one, ML-DSA-44, which costs thirty times as much, for the newest and for a sample.
 */
export async function verifyCheckpointPage(client: pg.ClientBase, task: CheckpointTask): Promise<CheckpointResult> {
  const { rows } = await client.query<Row>(pageQuery(task));
  const result: CheckpointResult = { checked: 0, mlDsaChecked: 0, breaks: [], breaksTotal: 0, last: null };
  const add = (row: Row | null, code: ChainBreak['code'], expected: string, found: string) => {
    result.breaksTotal++;
    const seq = row !== null && BigInt(row.size) > 0n ? BigInt(row.size) - 1n : 0n;
    if (result.breaks.length < KEPT) result.breaks.push({ seq, recordId: null, code, expected, found });
  };
  const keys = task.keys.flatMap((key) => {
    const parsed = readKey(key.vkey);
    return parsed === null ? [] : [{ ...key, key: parsed }];
  });
  const byNumber = task.part.by === 'number';
  let expectedNumber = byNumber ? task.part.from : null;
  let before: Row | null = null;
  for (const row of rows) {
    const number = BigInt(row.number);
    // The one before the page, to compare with.
    if (byNumber && number < task.part.from) {
      before = row;
      continue;
    }
    if (expectedNumber !== null && number > expectedNumber)
      add(row, 'checkpoint_inconsistent', missingNumbers(expectedNumber, number - 1n), 'no checkpoint');
    if (expectedNumber !== null) expectedNumber = number + 1n;
    if (before !== null) compareNeighbours(before, row, (expected, found) => add(row, 'checkpoint_inconsistent', expected, found));
    result.checked++;
    const sampled = number === task.newest || number % task.sampleEvery === 0n;
    const allowed = keys.filter(
      (key) =>
        key.incarnation === row.incarnation && key.fromSize <= BigInt(row.size) && (key.toSize === null || BigInt(row.size) <= key.toSize),
    );
    const origin = task.origins.find((one) => one.incarnation === row.incarnation)?.origin ?? null;
    for (const [expected, found] of checkOne(
      row,
      origin,
      allowed.map((one) => one.key),
      sampled,
    ))
      add(row, 'checkpoint_signature_invalid', `checkpoint ${row.number}: ${expected}`, found);
    if (sampled) result.mlDsaChecked++;
    before = row;
    result.last = { size: BigInt(row.size), number };
  }
  if (byNumber && expectedNumber !== null && expectedNumber <= task.part.to)
    add(before, 'checkpoint_inconsistent', missingNumbers(expectedNumber, task.part.to), 'no checkpoint');
  return result;
}

/** A row that is no key signs nothing: whoever wrote it must not keep the rest from being verified. */
function readKey(vkey: string): VerifierKey | null {
  try {
    return parseVerifierKey(vkey);
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}

function pageQuery({ ledgerId, part }: CheckpointTask): string {
  const columns = 'number, incarnation, size, root, note, (extract(epoch FROM signed_at) * 1000000)::bigint AS signed_at_us';
  if (part.by === 'number')
    return `SELECT ${columns} FROM checkpoints WHERE ledger_id = ${ledgerId} AND number BETWEEN ${part.from - 1n} AND ${part.to} ORDER BY number`;
  const after = part.after === null ? '' : `AND (size, number) > (${part.after.size}, ${part.after.number})`;
  return `SELECT ${columns} FROM checkpoints WHERE ledger_id = ${ledgerId} AND size BETWEEN ${part.from} AND ${part.to} AND number <= ${part.upTo} ${after}
    ORDER BY size, number LIMIT ${CHECKPOINT_PAGE}`;
}

function missingNumbers(from: bigint, to: bigint): string {
  return from === to ? `checkpoint ${from}` : `checkpoints ${from} … ${to}`;
}

/** Within an incarnation sizes and times only grow, and one size has one root. */
function compareNeighbours(before: Row, row: Row, add: (expected: string, found: string) => void): void {
  const name = `checkpoint ${row.number}`;
  if (row.incarnation < before.incarnation) add(`${name}: incarnation ${before.incarnation} or later`, `incarnation ${row.incarnation}`);
  if (BigInt(row.signed_at_us) < BigInt(before.signed_at_us)) add(`${name}: signed at or after ${time(before)}`, time(row));
  if (row.incarnation !== before.incarnation) return;
  if (BigInt(row.size) < BigInt(before.size))
    add(`${name}: ${before.size} entries or more, as checkpoint ${before.number}`, `${row.size} entries`);
  if (row.size === before.size && !row.root.equals(before.root))
    add(`${name}: ${toHex(before.root)} over ${row.size} entries, as checkpoint ${before.number}`, toHex(row.root));
}

/** What is wrong with one, as pairs of expected and found. */
function checkOne(row: Row, origin: string | null, keys: VerifierKey[], sampled: boolean): [string, string][] {
  let note: Note;
  let said: ReturnType<typeof parseCheckpoint>;
  try {
    note = parseNote(row.note);
    said = parseCheckpoint(note.text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return [['a signed checkpoint', error.message]];
  }
  const faults: [string, string][] = [];
  if (said.origin !== origin) faults.push([`origin ${origin ?? '(no such incarnation)'}`, `origin ${said.origin}`]);
  if (said.size !== BigInt(row.size)) faults.push([`${row.size} entries, as its row says`, `${said.size} entries`]);
  if (!equalBytes(said.root, row.root)) faults.push([`root ${toHex(row.root)}, as its row says`, toHex(said.root)]);
  if (said.size === 0n && !equalBytes(said.root, EMPTY_ROOT))
    faults.push([`root ${toHex(EMPTY_ROOT)} of the empty tree`, toHex(said.root)]);
  const ed25519 = keys.filter((key) => key.type !== COSIGNATURE_ML_DSA_44);
  const mlDsa = keys.filter((key) => key.type === COSIGNATURE_ML_DSA_44);
  if (ed25519.length === 0) faults.push(['a key of the ledger for this size', 'none']);
  else if (!ed25519.some((key) => isSignedBy(note, key))) faults.push(['an Ed25519 signature by the ledger’s key', signersOf(note)]);
  if (sampled && !mlDsa.some((key) => verifySignature(note, key).ok))
    faults.push(['an ML-DSA-44 signature by the ledger’s key', signersOf(note)]);
  const times = mlDsa.flatMap((key) => note.signatures.flatMap((one) => signedTime(note, one, key)));
  const signedAt = BigInt(row.signed_at_us);
  if (times.length > 0 && !times.some((seconds) => signedAt / 1_000_000n === seconds))
    faults.push([`signed at ${seconds(times[0])}, as its signature says`, time(row)]);
  return faults;
}

const keyObjects = new Map<string, KeyObject>();
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** By the platform's Ed25519, twenty times as fast as the pure one. */
function isSignedBy(note: Note, key: VerifierKey): boolean {
  const lines = note.signatures.filter((one) => one.name === key.name && one.keyId === key.keyId);
  const id = toHex(key.publicKey);
  let object = keyObjects.get(id);
  if (object === undefined) {
    object = createPublicKey({ key: Buffer.concat([SPKI, key.publicKey]), format: 'der', type: 'spki' });
    keyObjects.set(id, object);
  }
  return (
    lines.length > 0 &&
    lines.every((line) => {
      const signed = signedMessage(note, line, key);
      return typeof signed !== 'string' && verify(null, signed.message, object, signed.signature);
    })
  );
}

function signedTime(note: Note, signature: Note['signatures'][number], key: VerifierKey): bigint[] {
  if (signature.name !== key.name || signature.keyId !== key.keyId) return [];
  const signed = signedMessage(note, signature, key);
  return typeof signed === 'string' || signed.timestamp === undefined ? [] : [signed.timestamp];
}

function signersOf(note: Note): string {
  return `no valid one; the note is signed by ${note.signatures.map(({ name, keyId }) => `${name}+${keyId.toString(16).padStart(8, '0')}`).join(', ')}`;
}

function time(row: Row): string {
  return new Date(Number(BigInt(row.signed_at_us) / 1000n)).toISOString();
}
function seconds(since: bigint): string {
  const date = new Date(Number(since) * 1000);
  return Number.isNaN(date.getTime()) ? `${since} s since 1970` : date.toISOString();
}
