import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { parseCheckpoint } from '@/lib/chain/checkpoint';
import { keysInForce } from '@/lib/chain/keys-in-force';
import { EMPTY_ROOT, leafHash, verifyConsistency, verifyInclusion } from '@/lib/chain/merkle';
import { NoteError, parseNote } from '@/lib/chain/signed-note';
import { proveConsistency, proveInclusion, treeRoot } from '@/lib/chain/tiles';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { pool } from '@/lib/db';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { listIncarnations, listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import type { CheckpointDto, ComparisonDto } from '@/lib/schema/proofs';
import { type Comparand, readComparand } from './read-comparand';

type Checks = ComparisonDto['checks'];
/** What a comparison has so far, and whether it may go on. */
interface Found {
  checks: Checks;
  /** A key of the ledger signed what was brought: only then can it contradict anything. */
  authentic: boolean;
  signedAt: bigint | null;
}

/**
 * Something that was kept outside, held against the ledger of today: history since then must only have grown.
 * @param what as whom the browser knows it: of a bundle it sends the checkpoint alone.
 * @throws RefusalError format where it cannot be read, and as auditedRead
 */
export async function compareHistory(
  viewer: Viewer,
  asked: string | null,
  { text, what }: { text: string; what?: ComparisonDto['what'] },
): Promise<ComparisonDto> {
  const comparand = readComparand(text);
  const slug = await chooseLedger(viewer, asked);
  const size = comparand.signed?.checkpoint.size ?? null;
  return auditedRead(
    viewer,
    slug,
    'integrity.run',
    {
      action: 'comparison_run',
      screen: '/api/v1/comparisons',
      details: {
        what: what ?? comparand.what,
        ...(size === null ? {} : { size: String(size) }),
        ...(comparand.index === null ? {} : { seq: String(comparand.index) }),
      },
    },
    ({ ledger }) => compareWith(ledger.id, comparand, what),
  );
}

export async function compareWith(ledgerId: number, comparand: Comparand, what?: ComparisonDto['what']): Promise<ComparisonDto> {
  const newest = await newestCheckpoint(ledgerId);
  const entries = await countEntries(ledgerId);
  const found: Found = { checks: [], authentic: false, signedAt: null };
  const now = newest === null ? null : await readToday(ledgerId, newest, found.checks);
  if (comparand.signed === null)
    found.checks.push({
      name: 'signature',
      outcome: 'not_checked',
      say: 'This receipt was given before a checkpoint covered it, and nobody signed it: it is worth as much as whoever shows it.',
    });
  else await checkSignature(ledgerId, comparand.signed, found);
  // What no key of the ledger signed says nothing about it, whatever it holds.
  if (comparand.signed === null || found.authentic) await compareTrees(ledgerId, comparand, now, entries, found);
  const checkpoint = comparand.signed?.checkpoint;
  return {
    verdict: judge(comparand, found),
    what: what ?? comparand.what,
    origin: checkpoint?.origin ?? null,
    size: checkpoint === undefined ? null : String(checkpoint.size),
    root: checkpoint === undefined ? null : toHex(checkpoint.root),
    signed_at: found.signedAt === null ? null : new Date(Number(found.signedAt) * 1000).toISOString(),
    now: now === null ? null : { number: now.number, size: String(now.size), root: toHex(now.root) },
    checks: found.checks,
  };
}

/** The newest checkpoint, by what was signed: a row beside a note can say anything. */
interface Today {
  number: string;
  size: bigint;
  root: Uint8Array;
}

async function readToday(
  ledgerId: number,
  { number, incarnation, origin, note, size }: CheckpointDto,
  checks: Checks,
): Promise<Today | null> {
  const keys = (await listKeys(ledgerId)).filter((key) => key.incarnation === incarnation);
  try {
    const { checkpoint } = openCheckpoint(note, keysInForce(keys, parseCheckpoint(parseNote(note).text).size), origin);
    return { number, size: checkpoint.size, root: checkpoint.root };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    checks.push({
      name: 'newest',
      outcome: 'failed',
      say: `Checkpoint ${number} over ${size} entries, the newest of this ledger, cannot be verified: ${error.message}`,
    });
    return null;
  }
}

/** A contradiction is what today's entries say otherwise than what was signed; whatever else fails leaves nothing to be said. */
const CONTRADICTIONS = new Set(['length', 'root', 'consistency', 'record']);

function judge(comparand: Comparand, { checks, authentic }: Found): ComparisonDto['verdict'] {
  const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  // What nobody signed contradicts nothing: anyone can write it.
  const contradicts = failed.some((name) => CONTRADICTIONS.has(name));
  if (comparand.signed === null ? contradicts : !authentic) return 'cannot_verify';
  if (contradicts) return 'contradicted';
  return failed.length > 0 || !checks.some(({ outcome, name }) => outcome === 'passed' && CONTRADICTIONS.has(name))
    ? 'cannot_verify'
    : 'grew_only';
}

async function checkSignature(ledgerId: number, { note, checkpoint }: NonNullable<Comparand['signed']>, found: Found): Promise<void> {
  const { checks } = found;
  const incarnation = (await listIncarnations(ledgerId)).find(({ origin }) => origin === checkpoint.origin);
  if (incarnation === undefined) {
    checks.push({ name: 'origin', outcome: 'failed', say: `It is of the log ${checkpoint.origin}, which is not this ledger.` });
    return;
  }
  checks.push({ name: 'origin', outcome: 'passed', say: `It is of this ledger, ${checkpoint.origin}.` });
  const keys = (await listKeys(ledgerId)).filter((key) => key.incarnation === incarnation.number);
  try {
    const opened = openCheckpoint(note, keysInForce(keys, checkpoint.size), checkpoint.origin);
    const times = opened.verified.flatMap(({ timestamp }) => (timestamp === null || timestamp === 0n ? [] : [timestamp]));
    found.authentic = true;
    found.signedAt = times.length === 0 || times[0] > 8_640_000_000_000n ? null : times[0];
    const kinds = opened.verified.map(({ key }) => (key.type === 6 ? 'ML-DSA-44' : 'Ed25519')).join(' and ');
    checks.push({
      name: 'signature',
      outcome: 'passed',
      say: `A key of this ledger that was in force at ${checkpoint.size} entries signed it (${kinds}).`,
    });
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    checks.push({ name: 'signature', outcome: 'failed', say: `${error.message} It says nothing about this ledger.` });
  }
}

async function compareTrees(ledgerId: number, comparand: Comparand, now: Today | null, entries: bigint, found: Found): Promise<void> {
  const { checks } = found;
  const tiles = dbTiles(ledgerId);
  const checkpoint = comparand.signed?.checkpoint ?? null;
  const add = (name: string, passed: boolean, yes: string, no: string) =>
    checks.push({ name, outcome: passed ? 'passed' : 'failed', say: passed ? yes : no });
  try {
    if (checkpoint !== null) {
      const { size, root } = checkpoint;
      add(
        'length',
        size <= entries,
        `The ledger has ${entries} entries, and had ${size} then.`,
        `The ledger has ${entries} entries; ${size} were signed.`,
      );
      if (size > entries) return;
      const today = size === 0n ? EMPTY_ROOT : await treeRoot(tiles, size, nodeSha256);
      add(
        'root',
        equalBytes(today, root),
        `The first ${size} entries have the root that was signed.`,
        `The first ${size} entries have the root ${toHex(today)} today, and had ${toHex(root)} then.`,
      );
      await checkConsistency(checkpoint, now, tiles, checks);
    }
    if (comparand.index !== null) await checkRecord(ledgerId, comparand, comparand.index, now, tiles, checks);
  } catch (error) {
    if (!(error instanceof TreeDamaged) && !(error instanceof RangeError)) throw error;
    checks.push({
      name: 'tiles',
      outcome: 'failed',
      say: `The tree of today cannot be read: ${error.message}. A run over the whole ledger names what is missing.`,
    });
  }
}

async function checkConsistency(
  { size, root }: { size: bigint; root: Uint8Array },
  now: Today | null,
  tiles: ReturnType<typeof dbTiles>,
  checks: Checks,
): Promise<void> {
  if (now === null || now.size < size) {
    checks.push({ name: 'consistency', outcome: 'not_checked', say: 'No newer checkpoint has been signed that it could be proven under.' });
    return;
  }
  const claim = {
    size1: size,
    root1: root,
    size2: now.size,
    root2: now.root,
    proof: await proveConsistency(tiles, size, now.size, nodeSha256),
  };
  const holds = verifyConsistency(claim, nodeSha256);
  checks.push({
    name: 'consistency',
    outcome: holds ? 'passed' : 'failed',
    say: holds
      ? `Checkpoint ${now.number} over ${now.size} entries is proven to extend it.`
      : `No proof leads from it to checkpoint ${now.number} over ${now.size} entries.`,
  });
}

/** The entry of today at the receipt's place: its hash, and its path to what was signed. */
async function checkRecord(
  ledgerId: number,
  comparand: Comparand,
  index: bigint,
  now: Today | null,
  tiles: ReturnType<typeof dbTiles>,
  checks: Checks,
): Promise<void> {
  const hash = await readHash(ledgerId, index);
  if (hash === null) {
    checks.push({ name: 'record', outcome: 'failed', say: `There is no entry #${index} any more.` });
    return;
  }
  if (comparand.integrityHash !== null) {
    const same = equalBytes(hash, comparand.integrityHash);
    const say = same
      ? `Entry #${index} has the hash that the receipt names.`
      : `Entry #${index} has the hash ${toHex(hash)} today; the receipt names ${toHex(comparand.integrityHash)}.`;
    checks.push({ name: 'record', outcome: same ? 'passed' : 'failed', say });
  }
  const leaf = leafHash(hash, nodeSha256);
  if (comparand.signed !== null && comparand.proof !== null) {
    const { size, root } = comparand.signed.checkpoint;
    const holds = verifyInclusion({ index, size, leafHash: leaf, proof: comparand.proof, root }, nodeSha256);
    checks.push({
      name: 'inclusion',
      outcome: holds ? 'passed' : 'failed',
      say: holds
        ? `The receipt’s path leads from entry #${index} of today to the root that was signed.`
        : `The receipt’s path does not lead from entry #${index} of today to the root that was signed.`,
    });
  }
  if (now === null || now.size <= index) {
    checks.push({ name: 'inclusion_now', outcome: 'not_checked', say: `No checkpoint covers entry #${index} yet.` });
    return;
  }
  const { size, root } = now;
  const proof = await proveInclusion(tiles, index, size, nodeSha256);
  const holds = verifyInclusion({ index, size, leafHash: leaf, proof, root }, nodeSha256);
  checks.push({
    name: 'inclusion_now',
    outcome: holds ? 'passed' : 'failed',
    say: `Entry #${index} is ${holds ? '' : 'not '}proven under checkpoint ${now.number} over ${now.size} entries.`,
  });
}

async function countEntries(ledgerId: number): Promise<bigint> {
  const { rows } = await pool('screens').query<{ seq: string }>('SELECT seq FROM entries WHERE ledger_id = $1 ORDER BY seq DESC LIMIT 1', [
    ledgerId,
  ]);
  return rows[0] === undefined ? 0n : BigInt(rows[0].seq) + 1n;
}

async function readHash(ledgerId: number, seq: bigint): Promise<Buffer | null> {
  const { rows } = await pool('screens').query<{ integrity_hash: Buffer }>(
    'SELECT integrity_hash FROM entries WHERE ledger_id = $1 AND seq = $2',
    [ledgerId, String(seq)],
  );
  return rows[0]?.integrity_hash ?? null;
}
