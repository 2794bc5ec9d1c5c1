import 'server-only';
import { grant } from '@/lib/access-log/audited-read';
import type { Viewer } from '@/lib/auth/viewer';
import { entryBundle, parseTilePath, TILE_WIDTH, type TileName, tileWidth } from '@/lib/chain/tiles';
import { pool } from '@/lib/db';
import { findLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { newestCheckpointOf } from '@/lib/ledger/read-checkpoints';
import { readProofSettings } from '@/lib/ledger/read-proof-line';
import { dbTiles, readIntegrityHashes } from '@/lib/ledger/read-tree';
import { RefusalError } from '@/lib/schema/errors';
import type { CheckpointDto } from '@/lib/schema/proofs';
import { presentIncarnation } from './read-signing';

export interface TlogAnswer {
  body: string | Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

interface TlogRequest {
  /** Null where nobody is signed in. */
  viewer: Viewer | null;
  slug: string;
  /** What stands behind `/api/tlog/<ledger>/`, as it was sent. */
  path: string;
}

const HASH_BYTES = 32;
/** Each incarnation has an address of its own, and the one without a number is the first's for ever: what is called tile 0 there may lie in somebody's cache for a year. */
const NUMBERED = /^incarnations\/([1-9]\d{0,8})\/(.*)$/;

/**
 * Checkpoint, tiles and entries of a ledger's tree (C2SP tlog-tiles). Hashes alone: entries are the 32 bytes of integrity_hash. Given to anyone where an
 * administrator made the log public, else to whoever may see the ledger's integrity. Only what the newest checkpoint covers is given out. Of an incarnation
 * that has ended its last checkpoint is given out, and no tile: the tree over the entries is not the one that it signed.
 * @throws RefusalError unauthenticated, forbidden, not_found; bad_request for a path that none of these resources has.
 * @see https://c2sp.org/tlog-tiles
 */
export async function serveTlog({ viewer, slug, path }: TlogRequest): Promise<TlogAnswer> {
  const { ledger, open } = await admit(viewer, slug);
  const numbered = NUMBERED.exec(path);
  const resource = numbered === null ? path : numbered[2];
  const wanted = numbered === null ? 1 : Number(numbered[1]);
  const audience = open ? 'public' : 'private';
  const headers: Record<string, string> = open
    ? { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }
    : {};
  if (resource === 'checkpoint') {
    const checkpoint = await newestCheckpointOf(ledger.id, wanted);
    if (checkpoint === null) throw new RefusalError('not_found', 'No checkpoint has been signed under that name.');
    const caching = { 'Cache-Control': open ? 'public, max-age=1' : 'private, no-store' };
    return { body: checkpoint.note, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8', ...caching } };
  }
  const name = parseTilePath(resource);
  if (name === null) throw new RefusalError('bad_request', 'There are checkpoint, tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>].');
  const present = (await presentIncarnation(ledger.id, pool('screens')))?.number ?? 1;
  if (wanted !== present)
    throw new RefusalError(
      'not_found',
      `The tree that this ledger has now is at /api/tlog/${slug}/${present === 1 ? '' : `incarnations/${present}/`}.`,
    );
  const checkpoint = await newestCheckpointOf(ledger.id, wanted);
  if (checkpoint === null) throw new RefusalError('not_found', 'No checkpoint has been signed under that name.');
  return {
    // Not compressed: hashes are as short as they can be (256 entries of 34 bytes lose one in a hundred).
    body: await readResource(ledger, name, checkpoint),
    headers: {
      ...headers,
      'Content-Type': 'application/octet-stream',
      'Cache-Control': `${audience}, max-age=31536000, immutable`,
    },
  };
}

/** Whether a ledger exists is told to those alone who may see it, or to everyone where it is public. */
async function admit(viewer: Viewer | null, slug: string): Promise<{ ledger: LedgerRow; open: boolean }> {
  const ledger = await findLedger(slug);
  if (ledger !== null && (await readProofSettings(ledger.id)).tlog_public) return { ledger, open: true };
  if (viewer === null) throw new RefusalError('unauthenticated');
  return { ledger: (await grant(viewer, slug, 'integrity.read', '/api/tlog/{ledger}')).ledger, open: false };
}

async function readResource(
  ledger: LedgerRow,
  { level, tile, width }: TileName,
  { size }: CheckpointDto,
): Promise<Uint8Array<ArrayBuffer>> {
  if (width > tileWidth(level === 'entries' ? 0 : level, tile, BigInt(size)))
    throw new RefusalError('not_found', 'The newest checkpoint does not reach so far.');
  if (level !== 'entries') {
    const [hashes] = await dbTiles(ledger.id).readTiles([{ level, tile, width }]);
    return Uint8Array.from(hashes);
  }
  const hashes = await readIntegrityHashes(pool('screens'), ledger.id, tile * BigInt(TILE_WIDTH), width);
  const leaves = Array.from({ length: width }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  return Uint8Array.from(entryBundle(leaves));
}
