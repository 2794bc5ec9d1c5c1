import 'server-only';
import { readManifest, sayRanges } from '@/lib/chain/archive-manifest';
import { pool } from '@/lib/db';
import { ArchiveFault } from './archive-fault';
import type { Lease } from './archive-lease';
import { type ArchiveStore, contradictTerms } from './archive-store';
import { Learned } from './learn-segment';
import { patiently, readObject, readSmall } from './read-object';
import type { Segment } from './segments';

/**
 * Believes nothing of what was put until the store has shown it: length and lock by HEAD of the very version, then every byte by GET of it, hashed, unpacked and
 * walked, each entry held against the database's own. Only then may the prune function touch the records.
 * @throws ArchiveFault contradicted, where something else is there; StoreFault unreachable, where that could not be looked at
 */
export async function confirmSegment(store: ArchiveStore, segment: Segment, lease: Lease, signal?: AbortSignal): Promise<void> {
  const { objectKey, versionId, manifestKey, manifestVersionId, manifest, gzip, retainUntil } = segment;
  if (versionId === null || manifestVersionId === null || manifest === null || gzip === null)
    throw new TypeError('a segment is confirmed after it is uploaded');
  const contradicted = (key: string, what: string) =>
    new ArchiveFault('contradicted', `${key} in ${store.place} is not what was put there: ${what}. Nothing is taken out of the database.`);

  const terms = { retainUntil, worm: store.worm };
  const looks = [
    { key: objectKey, version: versionId, bytes: gzip.bytes },
    { key: manifestKey, version: manifestVersionId, bytes: manifest.length },
  ];
  const heads = await Promise.all(looks.map(({ key, version }) => patiently(() => store.head(key, version), signal)));
  for (const [i, { key, bytes }] of looks.entries()) {
    const found = heads[i];
    const wrong = found == null ? 'there is no such version' : contradictTerms(found, { ...terms, bytes });
    if (wrong !== null) throw contradicted(key, wrong);
  }

  const said = readManifest(manifest);
  let learned = new Learned();
  const { contradiction } = await patiently(() => {
    learned = new Learned();
    return readObject(store, { key: objectKey, versionId }, said, (entry) => learned.take(entry));
  }, signal);
  if (contradiction !== null) throw contradicted(objectKey, contradiction);
  const stored = await patiently(() => readSmall(store, manifestKey, manifestVersionId, manifest.length), signal);
  if (stored === null || !stored.equals(manifest)) throw contradicted(manifestKey, 'it holds other bytes');
  const apart = await findApart(segment.ledgerId, learned.hashes);
  if (apart !== null) throw contradicted(objectKey, `its entry ${apart} is not the one of the database`);

  const { conversations, eventFrom, eventTo } = learned;
  await pool('archive').query('SELECT archive_confirmed($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    segment.ledgerId,
    lease.fence,
    String(segment.number),
    heads[0]!.mode,
    earlier(heads[0]!.retainUntil, heads[1]!.retainUntil),
    eventFrom,
    eventTo,
    [...conversations.keys()],
    [...conversations.values()].map(sayRanges),
  ]);
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? null : a < b ? a : b;
}

const PAGE = 5_000;

/** The first entry whose hash in the database is another, or that is not there. */
async function findApart(ledgerId: number, hashes: readonly { seq: bigint; hash: Uint8Array }[]): Promise<bigint | null> {
  for (let at = 0; at < hashes.length; at += PAGE) {
    const page = hashes.slice(at, at + PAGE);
    const { rows } = await pool('verification').query<{ seq: string; integrity_hash: Buffer }>(
      'SELECT seq, integrity_hash FROM entries WHERE ledger_id = $1 AND seq = ANY ($2::bigint[])',
      [ledgerId, page.map(({ seq }) => String(seq))],
    );
    const stored = new Map(rows.map((row) => [row.seq, row.integrity_hash]));
    for (const { seq, hash } of page) if (stored.get(String(seq))?.equals(hash) !== true) return seq;
  }
  return null;
}
