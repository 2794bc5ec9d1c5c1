import 'server-only';
import type pg from 'pg';
import { contradictTerms, StoreFault } from '@/lib/archive/archive-store';
import { Learned } from '@/lib/archive/learn-segment';
import { storeAt } from '@/lib/archive/open-store';
import { patiently, readObject, readSmall } from '@/lib/archive/read-object';
import { listSegments, type Segment } from '@/lib/archive/segments';
import { type ArchiveManifest, parseManifest, sayRanges } from '@/lib/chain/archive-manifest';
import type { ArchivedEntry } from '@/lib/chain/archive-segment';
import { toHex } from '@/lib/chain/bytes';
import { parseNote } from '@/lib/chain/signed-note';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { projectBody } from '@/lib/ledger/project-body';
import { CommittedContent, type ContentFindings } from './check-content';
import { GoverningEntries } from './compare-governing';
import { NamedPeople, unnamed } from './compare-people';
import { TracedRecords } from './compare-traces';
import type { DestroyedRanges } from './destroyed-ranges';

export interface ObjectsFindings {
  /** Segments that were fetched, and are what their manifests say. */
  sound: number;
  /** Their stores gave no answer. */
  unreachable: number;
  /** Records whose bodies were fetched. */
  records: number;
  breaks: number;
  content: ContentFindings;
}

export interface ArchiveTask {
  ledger: { id: number; origin: string };
  /** Objects whose every record is among these are deleted; of others what was destroyed has no words any more. */
  destroyed?: DestroyedRanges;
  /** Both ends included. */
  from: bigint;
  to: bigint;
  onBreaks(breaks: ChainBreak[]): void;
  onProgress?: (records: number) => void;
  signal?: AbortSignal;
}

const PAGE = 20;
const HEADERS = 5_000;

/**
 * Every object of the segments that reach into a range, from its store: lock, packed bytes, each line against its own hashes, the manifest beside it, each entry
 * against the one of the database, the people whom it names against those by whom holds reach its conversations, what else holds find it by against the traces of it, and
 * the sealed words against what the archived bodies commit to.
 */
export async function verifyArchive({ ledger, destroyed, from, to, onBreaks, onProgress, signal }: ArchiveTask): Promise<ObjectsFindings> {
  const found: ObjectsFindings = { sound: 0, unreachable: 0, records: 0, breaks: 0, content: { parts: 0, shredded: 0 } };
  const tell = (breaks: ChainBreak[]) => {
    found.breaks += breaks.length;
    onBreaks(breaks);
  };
  for (let behind = 0n; ; ) {
    const page = await listSegments(ledger.id, behind, PAGE);
    for (const segment of page) {
      signal?.throwIfAborted();
      behind = segment.number;
      if ((segment.state !== 'confirmed' && segment.state !== 'pruned') || segment.lastSeq < from || segment.firstSeq > to) continue;
      if (segment.removedAt !== null && destroyed?.covers(segment.ranges)) continue;
      await verifyOne(segment, found, tell, destroyed);
      onProgress?.(found.records);
    }
    if (page.length < PAGE) return found;
  }
}

async function verifyOne(
  segment: Segment,
  found: ObjectsFindings,
  tell: (breaks: ChainBreak[]) => void,
  destroyed: DestroyedRanges | undefined,
): Promise<void> {
  const at = { seq: segment.firstSeq, recordId: null };
  const altered = (expected: string, what: string) => tell([{ ...at, code: 'archive_altered', expected, found: what }]);
  const missing = (key: string) =>
    tell([{ ...at, code: 'archive_missing', expected: `${key} in ${segment.place}`, found: 'no such version' }]);
  const { versionId, manifestVersionId, manifest, gzip } = segment;
  // Told by its row.
  if (versionId === null || manifestVersionId === null || manifest === null || gzip === null) return;
  const store = storeAt(segment);
  const before = found.breaks;
  try {
    for (const [key, version, bytes] of [
      [segment.objectKey, versionId, gzip.bytes],
      [segment.manifestKey, manifestVersionId, manifest.length],
    ] as const) {
      const shown = await patiently(() => store.head(key, version));
      if (shown === null) {
        missing(key);
        return;
      }
      // A lock that has ended was as long as was asked.
      const wrong = contradictTerms(shown, {
        bytes,
        retainUntil: segment.retainUntil,
        worm: store.worm && segment.retainUntil > new Date(),
      });
      if (wrong !== null) altered(`${key} in ${segment.place}`, wrong);
    }
    const stored = await patiently(() => readSmall(store, segment.manifestKey, manifestVersionId, manifest.length));
    if (stored === null || !stored.equals(manifest))
      altered(`${segment.manifestKey} in ${segment.place}: the manifest of the database`, 'other bytes');
    await verifyLines(segment, versionId, found, { tell, altered, destroyed });
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    if (error.code === 'missing') missing(segment.objectKey);
    else found.unreachable++;
    return;
  }
  if (found.breaks === before) found.sound++;
}

async function verifyLines(
  segment: Segment,
  versionId: string,
  found: ObjectsFindings,
  {
    tell,
    altered,
    destroyed,
  }: {
    tell: (breaks: ChainBreak[]) => void;
    altered: (expected: string, what: string) => void;
    destroyed: DestroyedRanges | undefined;
  },
): Promise<void> {
  let said: ArchiveManifest;
  try {
    said = parseManifest(parseNote(segment.manifest!).text);
  } catch (error) {
    altered(`${segment.manifestKey} in ${segment.place}: a manifest that can be read`, (error as Error).message);
    return;
  }
  let committed = new CommittedContent();
  let learned = new Learned();
  let governing = new GoverningEntries();
  let people = new NamedPeople();
  let traced = new TracedRecords();
  let entries: Pick<ArchivedEntry, 'header' | 'id' | 'integrityHash' | 'submitted'>[] = [];
  const result = await patiently(() => {
    committed = new CommittedContent();
    learned = new Learned();
    governing = new GoverningEntries();
    people = new NamedPeople();
    traced = new TracedRecords();
    entries = [];
    return readObject(storeAt(segment), { key: segment.objectKey, versionId }, said, (entry) => {
      const { header, id, integrityHash, submitted, body } = entry;
      entries.push({ header, id, integrityHash, submitted });
      learned.take(entry);
      governing.take(entry);
      if (destroyed?.has(header.seq)) return;
      committed.takeBody(header.seq, id, body);
      takePerson(people, entry);
      traced.take(entry);
    });
  });
  if (result.contradiction !== null) {
    altered(`${segment.objectKey} in ${segment.place}: ${said.rows} records, as its manifest says`, result.contradiction);
    for (const { seq, code } of result.faults.slice(0, 20))
      if (seq !== null) tell([{ seq, recordId: null, code: 'archive_altered', expected: 'an archived record as it was', found: code }]);
    return;
  }
  found.records += entries.length;
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    for (let start = 0; start < entries.length; start += HEADERS) {
      const page = entries.slice(start, start + HEADERS);
      const { rows } = await client.query<{ seq: string; id: string; integrity_hash: Buffer; submitted: Buffer }>(
        'SELECT seq, id, integrity_hash, submitted FROM entries WHERE ledger_id = $1 AND seq = ANY ($2::bigint[])',
        [segment.ledgerId, page.map(({ header }) => String(header.seq))],
      );
      const headers = new Map(rows.map((row) => [row.seq, row]));
      for (const { header, id, integrityHash, submitted } of page) {
        const row = headers.get(String(header.seq));
        // An entry that is gone is told as a gap.
        if (row === undefined) continue;
        const own = `${id} ${toHex(integrityHash)} ${toHex(submitted)}`;
        const theirs = `${row.id} ${toHex(row.integrity_hash)} ${toHex(row.submitted)}`;
        if (own !== theirs)
          tell([{ seq: header.seq, recordId: id, code: 'archive_altered', expected: `the archived entry ${own}`, found: theirs }]);
      }
    }
    tell(await compareConversations(client, segment, learned));
    tell(await governing.compare(client, segment));
    tell((await people.missing(client, segment.ledgerId)).map(unnamed));
    tell(await traced.missing(client, segment));
    const { parts, shredded } = await committed.compare(client, segment.ledgerId, tell);
    found.content.parts += parts;
    found.content.shredded += shredded;
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

const NAMES = Buffer.from('"subject_id":');

function takePerson(people: NamedPeople, { header: { seq }, id, body }: ArchivedEntry): void {
  if (!Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(NAMES)) return;
  const columns = projectBody(body);
  if (columns === null || columns.conversationId === null || columns.subjectId === null) return;
  people.take({ conversationId: columns.conversationId, person: columns.subjectId, seq, recordId: id });
}

/** Where the records of conversations lie, as the segment itself has it, against what the database says. */
async function compareConversations(client: pg.ClientBase, segment: Segment, { conversations }: Learned): Promise<ChainBreak[]> {
  const { rows } = await client.query<{ id: string; seqs: string }>(
    'SELECT conversation_id AS id, seqs::text AS seqs FROM archive_conversations WHERE ledger_id = $1 AND number = $2',
    [segment.ledgerId, String(segment.number)],
  );
  const stored = new Map(rows.map(({ id, seqs }) => [id, seqs]));
  const names = new Set([...stored.keys(), ...conversations.keys()]);
  return [...names].sort().flatMap((name): ChainBreak[] => {
    const own = conversations.get(name);
    const [expected, found] = [own === undefined ? '(none)' : sayRanges(own), stored.get(name) ?? '(none)'];
    if (expected === found) return [];
    const say = (what: string) =>
      `archive_conversations ${name}, segment ${segment.number}: ${what.length <= 200 ? what : `${what.slice(0, 200)}…`}`;
    return [
      { seq: own?.[0]?.from ?? segment.firstSeq, recordId: null, code: 'projection_altered', expected: say(expected), found: say(found) },
    ];
  });
}
