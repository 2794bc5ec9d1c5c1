import 'server-only';
import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type ArchiveManifest, contradictManifest } from '@/lib/chain/archive-manifest';
import { type ArchivedEntry, type SegmentFault, SegmentWalk } from '@/lib/chain/archive-segment';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { type ArchiveStore, StoreFault } from './archive-store';

/** What became of reading an object: null, or the first thing in which it is not what its manifest says. */
export interface ObjectFindings {
  contradiction: string | null;
  faults: SegmentFault[];
}

const TRIES = 3;

/**
 * Fetches a segment by its version, and walks over it while it comes: packed digest, unpacking, every line, and the whole against the manifest. What is handed to
 * `onEntry` is only as good as the findings that follow.
 * @throws StoreFault missing, unreachable
 */
export async function readObject(
  store: ArchiveStore,
  at: { key: string; versionId: string },
  manifest: ArchiveManifest,
  onEntry?: (entry: ArchivedEntry) => void,
): Promise<ObjectFindings> {
  const gzip = createHash('sha256');
  const raw = createHash('sha256');
  const walk = new SegmentWalk({ hash: nodeSha256, ...(onEntry && { onEntry }) });
  let packed = 0;
  let unpacked = 0;
  const contradict = (what: string): ObjectFindings => ({ contradiction: what, faults: walk.faults });
  class TooMuch extends Error {}
  const source = Readable.from(
    (async function* () {
      for await (const piece of store.get(at.key, at.versionId)) {
        packed += piece.length;
        if (packed > manifest.gzip.bytes) throw new TooMuch();
        gzip.update(piece);
        yield piece;
      }
    })(),
  );
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      // A few kilobytes can unpack to as many gigabytes.
      if (unpacked > manifest.raw.bytes) return done(new TooMuch());
      raw.update(chunk);
      walk.push(chunk);
      done();
    },
  });
  try {
    await pipeline(source, createGunzip(), sink);
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    if (error instanceof TooMuch) return contradict('more bytes than it names');
    // zlib's own errors: what came is no gzip, or ends within it.
    return contradict(`bytes that cannot be unpacked (${(error as NodeJS.ErrnoException).code ?? (error as Error).name})`);
  }
  if (packed !== manifest.gzip.bytes) return contradict(`${packed} packed bytes, and not ${manifest.gzip.bytes}`);
  if (!gzip.digest().equals(manifest.gzip.sha256)) return contradict('packed bytes of another SHA-256');
  const totals = { ...walk.finish(), rawSha256: raw.digest() };
  const said = contradictManifest(manifest, totals);
  if (said !== null) return contradict(said);
  const [fault] = walk.faults;
  return { contradiction: fault === undefined ? null : `${fault.code} at line ${fault.line}`, faults: walk.faults };
}

/** A small object, whole. @throws StoreFault */
export async function readSmall(store: ArchiveStore, key: string, versionId: string, most: number): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of store.get(key, versionId)) {
    length += piece.length;
    if (length > most) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Again where the store gave no answer, a few times, ever later. @throws as `work` does */
export async function patiently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreFault) || error.code !== 'unreachable' || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 4 ** (tried - 1)));
    }
  }
}
