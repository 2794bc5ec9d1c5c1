import 'server-only';
import { type Filled, fillStored } from '@/lib/archive/read-archived';
import { toBase64 } from '@/lib/chain/base64';
import {
  ANCHORS,
  anchorPath,
  BUNDLE_FORMAT,
  type BundleAnchors,
  type BundleKeys,
  type BundleManifest,
  CHECKPOINT,
  ENTRIES,
  type EntryLine,
  KEYS,
  MANIFEST,
  PROOFS,
  recordPath,
  type WordsCounts,
} from '@/lib/chain/bundle-format';
import { toHex, utf8 } from '@/lib/chain/bytes';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { proveInclusion } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { projectBody } from '@/lib/ledger/project-body';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import { type Header, readStored } from '@/lib/ledger/read-entries';
import { dbTiles } from '@/lib/ledger/read-tree';
import { RefusalError } from '@/lib/schema/errors';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import { WordsWriter } from './add-words';
import { README, README_WITH_WORDS } from './bundle-readme';
import { BundleZip } from './bundle-zip';
import { cachedTiles } from './cached-tiles';
import { htmlReport } from './html-report';
import { pdfReport } from './pdf-report';
import type { WordsPlan } from './plan-words';
import { type ReportRecord, readReportRecord } from './report-record';
import { verifierPage } from './verifier-page';

/** Records of one read: their bodies are at most 65,536 bytes each. */
const PAGE = 250;
const MOST_NODES = 100_000;
/** Bodies of one bundle: decoded for its reports they are held in memory, and its readers take files up to 256 MiB. */
const MOST_BODY_BYTES = 64 * 1024 * 1024;

export interface BundleTask {
  ledger: LedgerRow;
  scope: EvidenceScope;
  /** Ascending, each below the checkpoint's size. */
  seqs: readonly bigint[];
  checkpoint: CheckpointDto;
  /** The words too, as far as their keys are given out with it; null for none. That they are is entered before. */
  words?: WordsPlan | null;
  keep(ordinal: number, piece: Buffer): Promise<void>;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

export interface MadeBundle {
  bytes: number;
  sha256: Buffer;
  records: number;
  words: WordsCounts | null;
}

/**
 * Writes the zip of a scope under one checkpoint, page by page. Nothing in it depends on the clock or on who asked: the same records under the same
 * checkpoint, with the same keys and what had come back from outside, give the same bytes.
 * @throws RefusalError out_of_range for more than can be held.
 * @throws Error where a record's entry is missing: then no bundle is made, and a verification will say what is broken.
 */
export async function makeBundle(task: BundleTask): Promise<MadeBundle> {
  const { ledger, scope, seqs, checkpoint } = task;
  const zip = new BundleZip(task.keep);
  const tiles = cachedTiles(dbTiles(ledger.id, pool('verification')));
  const size = BigInt(checkpoint.size);
  const nodes = new Map<string, Uint8Array>();
  const entries: string[] = [];
  const proofs: string[] = [];
  const report: ReportRecord[] = [];
  const writer = task.words == null ? null : new WordsWriter(ledger, task.words, zip);
  let bodies = 0;
  let bodyBytes = 0;
  for (let at = 0; at < seqs.length; at += PAGE) {
    // Neighbours lie together: what a page needed before the last is seldom needed again.
    if (nodes.size > MOST_NODES) nodes.clear();
    task.signal?.throwIfAborted();
    const page = seqs.slice(at, at + PAGE);
    const stored = await fillStored(ledger, await boundedRead((tx) => readStored(tx, ledger.id, page)));
    if (stored.length !== page.length) throw new Error('entries of the scope are missing in the store');
    assertFetched(scope, stored);
    for (const { header, body } of stored) {
      entries.push(line({ ...entryLine(header) }));
      const proof = await proveInclusion(tiles, header.seq, size, nodeSha256, nodes);
      proofs.push(line({ seq: String(header.seq), proof: proof.map(toBase64) }));
      const record = readReportRecord(header, body);
      report.push(record);
      if (body === null) continue;
      bodyBytes += body.length;
      if (bodyBytes > MOST_BODY_BYTES)
        throw new RefusalError(
          'out_of_range',
          `The records of a bundle have at most ${MOST_BODY_BYTES / 1024 / 1024} MiB together; choose less, and make several.`,
          '/scope',
        );
      bodies++;
      await zip.add(recordPath(header.seq), body);
      if (writer !== null) record.words = await writer.add(record);
    }
    task.onProgress?.(at + page.length);
  }
  await zip.add(ENTRIES, utf8(entries.join('')));
  await zip.add(PROOFS, utf8(proofs.join('')));
  await zip.add(CHECKPOINT, utf8(checkpoint.note));
  await zip.add(KEYS, utf8(line({ ...(await readKeys(ledger)) })));
  await addAnchors(zip, ledger, checkpoint);
  const words = writer === null ? null : await writer.end();
  const about = { ledger, scope, checkpoint, records: report };
  await zip.add('report.html', await joined(htmlReport(about)));
  await zip.add('report.pdf', await pdfReport(about));
  await zip.add('verify.html', await verifierPage());
  await zip.add('README.txt', utf8(words === null ? README : README_WITH_WORDS));
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    ledger: { name: ledger.name, slug: ledger.slug, origin: ledger.origin, kind: ledger.kind },
    checkpoint: {
      number: checkpoint.number,
      incarnation: checkpoint.incarnation,
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: checkpoint.root,
    },
    scope,
    records: { count: seqs.length, bodies },
    content: words !== null,
    ...(words !== null && { words: { ...words } }),
    files: zip.lines,
  };
  const { bytes, sha256 } = await zip.end(MANIFEST, utf8(line(manifest as unknown as JsonValue)));
  return { bytes, sha256, records: seqs.length, words };
}

/**
 * No evidence is made without bodies that are in the archive: what cannot be fetched now, or is not what was archived, ends it; the record of another conversation too.
 * What was destroyed, and what is gone without a trace, is in the bundle by its entry alone, as it is in the ledger.
 */
function assertFetched(scope: EvidenceScope, stored: readonly Filled[]): void {
  const [first] = stored.filter(({ body, archived }) => body === null && archived !== undefined);
  if (first !== undefined)
    throw new RefusalError('archive_refused', `No evidence is made without record #${first.header.seq}: ${first.archived!.say}`, '/scope');
  if (scope.kind !== 'conversation') return;
  for (const { header, body } of stored)
    if (body !== null && projectBody(body)?.conversationId !== scope.conversation_id)
      throw new Error(`record ${header.seq} is listed in the conversation and is not of it`);
}

async function joined(pieces: AsyncIterable<string>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(utf8(piece));
  return Buffer.concat(parts);
}

/** Canonical, with a newline: the same value is the same line. */
function line(value: JsonValue): string {
  return `${canonicalize(value)}\n`;
}

function entryLine(header: Header): EntryLine {
  return {
    seq: String(header.seq),
    id: header.id,
    received_at_us: String(header.received_at_us),
    conversation_seq: String(header.conversation_seq),
    previous_hash: toHex(header.previous_hash),
    body_hash: toHex(header.body_hash),
    integrity_hash: toHex(header.integrity_hash),
  };
}

async function readKeys(ledger: LedgerRow): Promise<BundleKeys> {
  const { rows } = await pool('verification').query<{
    number: number;
    origin: string;
    began_at: Date;
    size: string;
    previous_size: string | null;
    statement: Buffer | null;
  }>('SELECT number, origin, began_at, size, previous_size, statement FROM incarnations WHERE ledger_id = $1 ORDER BY number', [ledger.id]);
  return {
    keys: await listKeys(ledger.id, pool('verification')),
    incarnations: rows.map((row) => ({
      ...row,
      began_at: row.began_at.toISOString(),
      statement: row.statement?.toString('utf8') ?? null,
    })),
  };
}

/** Cosignatures stand in the checkpoint already; whatever else came back from outside lies beside it as it came. */
async function addAnchors(zip: BundleZip, ledger: LedgerRow, checkpoint: CheckpointDto): Promise<void> {
  const { rows } = await pool('verification').query<{
    kind: BundleAnchors[number]['kind'];
    target_name: string;
    anchored_at: Date;
    evidence: Buffer;
  }>(
    'SELECT kind, target_name, anchored_at, evidence FROM anchors WHERE ledger_id = $1 AND checkpoint_number = $2 ORDER BY anchored_at, target_id',
    [ledger.id, checkpoint.number],
  );
  const anchors: BundleAnchors = [];
  for (const [i, row] of rows.entries()) {
    const file = row.kind === 'witness' ? null : anchorPath(i + 1, row.kind);
    if (file !== null) await zip.add(file, row.evidence);
    anchors.push({ kind: row.kind, target: row.target_name, anchored_at: row.anchored_at.toISOString(), file });
  }
  await zip.add(ANCHORS, utf8(line(anchors.map((anchor) => ({ ...anchor })))));
}
