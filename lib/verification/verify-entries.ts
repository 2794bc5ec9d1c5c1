import 'server-only';
import { availableParallelism } from 'node:os';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { MissingNumbers } from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import type { Check } from '@/lib/schema/verification';
import { ArchivedRanges } from './archived-ranges';
import { BreakList } from './break-list';
import type { ContentFindings } from './check-content';
import { compareArchiveSums } from './compare-archive-sums';
import { compareHolds } from './compare-holds';
import { compareRotations } from './compare-rotations';
import { compareKeys, type RememberedTree, recallTree } from './compare-signer';
import { compareStatements } from './compare-statements';
import { DestroyedRanges } from './destroyed-ranges';
import { type ProofState, readProofState } from './read-proof-state';
import { type MemoryFinding, sayChecks } from './say-checks';
import type { TreeFindings } from './tree-walk';
import { verifyArchive } from './verify-archive';
import { compareHeads, findHead, type Head } from './verify-heads';
import { verifyLedger } from './verify-ledger';
import { verifySummaries } from './verify-summaries';
import { findBeyond, findCheckpointsGone, findTilesBeyond, walkCheckpoints } from './walk-checkpoints';

export interface EntriesTask {
  ledgerId: number;
  /** The whole ledger, or positions with both ends included. */
  scope: { kind: 'ledger' } | { kind: 'range'; from: bigint; to: bigint };
  /** Verifies the ML-DSA-44 signature of each checkpoint, and not of a sample. */
  everySignature?: boolean;
  /** Fetches what is archived and verifies it, and not only the manifests. */
  archive?: boolean;
  onProgress(done: number, total: number): void;
  signal?: AbortSignal;
}

/** What a run came to, as it is kept. */
export interface Outcome {
  checked: number;
  head: Head | null;
  breaks: BreakList;
  checks: Check[];
  /** The newest checkpoint that was held against the entries. */
  checkpoint: bigint | null;
  checkpointsChecked: bigint | null;
  /** Bodies that belong to what was asked could not be fetched: without a break nothing is said of the whole. */
  unseen?: boolean;
}

/**
 * Entries, their records, the tree over them, and every checkpoint that ends among them. What was signed is read first and the end of the ledger after it:
 * what goes on meanwhile is left to the next run.
 */
export async function verifyEntries(task: EntriesTask): Promise<Outcome & { tree: TreeFindings | null }> {
  const { ledgerId, scope, signal } = task;
  const whole = scope.kind === 'ledger';
  const state = await readProofState(ledgerId);
  const remembered = recallTree(state);
  const { head: newest, beyond } = await findHead(ledgerId);
  const from = whole ? 0n : scope.from;
  const last = newest?.seq ?? -1n;
  const to = whole || scope.to > last ? last : scope.to;
  const breaks = new BreakList();
  const total = to < from ? 0 : Number(to - from + 1n);
  task.onProgress(0, total);

  const ledger = { id: ledgerId, origin: await originOf(ledgerId) };
  const archived = await ArchivedRanges.read(ledger);
  const destroyed = await DestroyedRanges.read(ledger);
  let archivedHere = 0;
  let destroyedHere = 0;
  let checked = 0;
  let missingNumbers: bigint[] = [];
  let tree: TreeFindings | null = null;
  let content = { parts: 0, shredded: 0 };
  if (total > 0) {
    const threads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
    const covered = state.newest === null ? null : { number: state.newest.number, size: state.newest.size };
    const elsewhere = [...lastSigned(state), ...(remembered.state === 'known' ? [{ ...remembered, incarnation: 0 }] : [])];
    const { incarnation, settled } = state;
    const findings = await verifyLedger({
      ledgerId,
      from,
      to,
      threads,
      projection: true,
      tree: { covered, elsewhere, incarnation, settled },
      archived,
      destroyed,
      onProgress: (n) => task.onProgress(n, total),
      signal,
    });
    checked = findings.checked;
    missingNumbers = findings.missingNumbers;
    tree = findings.tree;
    content = findings.content;
    archivedHere = findings.archived;
    destroyedHere = findings.destroyed;
    breaks.add(findings.breaks, findings.breaksTotal, findings.missing, findings.codes);
  }
  breaks.add(archived.breaks);
  breaks.add(destroyed.breaks);
  const objects =
    task.archive && archived.segments > 0
      ? await verifyArchive({ ledger, from, to, destroyed, onBreaks: (found) => breaks.add(found), signal })
      : null;
  const heads = await compareHeads(ledgerId, from, to, whole);
  breaks.add(heads);
  const checkpoints = await walkCheckpoints({
    ledgerId,
    state,
    part: whole ? 'all' : { from: from + 1n, to: to + 1n },
    everySignature: task.everySignature,
    onBreaks: (found, counted) => breaks.add(found, counted),
    signal,
  });
  const ended = whole || to === last;
  const cut = ended ? await findBeyond(ledgerId, state, last + 1n) : { breaks: [], settled: 0n };
  const lost = ended ? lastSigned(state).filter(({ size }) => size > last + 1n) : [];
  const unsettled = lost.filter(({ incarnation }) => !state.settled.has(incarnation));
  const gone = await findCheckpointsGone(ledgerId, state);
  const memory = judgeMemory(remembered, tree, { to, ended, last });
  breaks.add(cut.breaks);
  breaks.add(unsettled.map(({ size, incarnation }) => cutOff(size, `signed last by incarnation ${incarnation}`, last)));
  breaks.add(gone);
  breaks.add(memory.breaks);
  const keys = compareKeys(state);
  const ranges = await compareRotations(ledgerId, state);
  const statements = compareStatements(state);
  const holds = whole ? await compareHolds(ledgerId) : null;
  const sums = whole ? await compareArchiveSums(ledgerId, destroyed.breaks.length === 0) : null;
  breaks.add([...keys.breaks, ...ranges.breaks, ...statements.breaks, ...(holds?.breaks ?? []), ...(sums?.breaks ?? [])]);
  if (whole) {
    breaks.add(beyond);
    // Where checkpoints tell it, the tiles need not.
    if (cut.breaks.length === 0) breaks.add(await findTilesBeyond(ledgerId, last + 1n));
    const missing = new MissingNumbers();
    for (const number of missingNumbers) missing.add(number);
    await verifySummaries({ ledgerId, missing, onBreaks: (found) => breaks.add(found), signal });
  }
  const head = to === newest?.seq ? newest : to < from ? null : await headAt(ledgerId, to);
  task.onProgress(checked, total);
  const checks = sayChecks({
    whole,
    from,
    to,
    checked,
    codes: breaks.codes,
    heads: heads.length,
    holds,
    content: objects === null ? content : sum(content, objects.content),
    archive: { archived, here: archivedHere, sums, objects },
    destroyed: { destroyed, here: destroyedHere },
    tree,
    checkpoints,
    beyond: { breaks: cut.breaks.length + unsettled.length, settled: cut.settled + BigInt(lost.length - unsettled.length) },
    gone: gone.length,
    state,
    memory: memory.finding,
    keys: { ...keys, rotations: ranges.rotations, rangesApart: ranges.breaks.length },
    statements: { checked: statements.checked, breaks: statements.breaks.length },
  });
  const compared = checkpoints.checked > 0n && state.newest !== null ? state.newest.number : null;
  return { checked, head, breaks, checks, checkpoint: compared, checkpointsChecked: checkpoints.checked, tree };
}

/** The signer's memory is a checkpoint that the database does not hold: its root was compared with the others; what it has beyond the end was cut off. */
function judgeMemory(
  remembered: RememberedTree,
  tree: TreeFindings | null,
  { to, ended, last }: { to: bigint; ended: boolean; last: bigint },
): { finding: MemoryFinding; breaks: Parameters<BreakList['add']>[0] } {
  if (remembered.state === 'unknown') return { finding: { state: 'none', why: remembered.why }, breaks: [] };
  const { size } = remembered;
  if (size > to + 1n) {
    if (!ended) return { finding: { state: 'beyond', size }, breaks: [] };
    return { finding: { state: 'compared', size, agrees: false }, breaks: [cutOff(size, 'the signer’s memory', last)] };
  }
  if (tree === null || tree.elsewhereCompared === 0)
    return { finding: { state: 'none', why: `The signer remembers ${size} entries, whose root is no part of this run.` }, breaks: [] };
  return { finding: { state: 'compared', size, agrees: tree.elsewhereApart === 0 }, breaks: [] };
}

/** What each older incarnation had signed last, as its successor wrote it down: the checkpoints themselves may be gone with the end. */
function lastSigned(state: ProofState): { size: bigint; root: Buffer; incarnation: number }[] {
  return state.incarnations.flatMap(({ previous }) =>
    previous === null ? [] : [{ size: previous.size, root: previous.root, incarnation: previous.number }],
  );
}

function cutOff(size: bigint, who: string, last: bigint): ChainBreak {
  const found = last < 0n ? 'the ledger is empty' : `the ledger ends at ${last}`;
  return { seq: size - 1n, recordId: null, code: 'tail_truncated', expected: `${size} entries (${who})`, found };
}

export async function originOf(ledgerId: number): Promise<string> {
  const { rows } = await pool('verification').query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledgerId]);
  return rows[0]!.origin;
}

function sum(a: ContentFindings, b: ContentFindings): ContentFindings {
  return { parts: a.parts + b.parts, shredded: a.shredded + b.shredded };
}

async function headAt(ledgerId: number, seq: bigint): Promise<Head | null> {
  const { rows } = await pool('verification').query<{ integrity_hash: Buffer }>(
    'SELECT integrity_hash FROM entries WHERE ledger_id = $1 AND seq = $2',
    [ledgerId, String(seq)],
  );
  return rows.length === 0 ? null : { seq, integrityHash: rows[0].integrity_hash };
}
