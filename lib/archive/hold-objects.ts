import 'server-only';
import { pool } from '@/lib/db';
import { log } from '@/lib/log';
import { storeAt } from './open-store';
import { findSegment } from './segments';

/** What a look at the holds of archived objects came to. */
export interface HeldObjects {
  /** Segments whose hold was put on, or taken off. */
  changed: number;
  /** Segments whose store did not take it: tried again at the next look. */
  failed: number;
}

/**
 * Legal holds on the objects of segments of which a hold reaches anything; off again where none does any more. Whole objects: a hold keeps what it reaches, and what
 * lies beside it.
 */
export async function holdObjects(ledgerId: number): Promise<HeldObjects> {
  const { rows } = await pool('archive').query<{ number: string; held: boolean }>(
    `SELECT s.number, h.number IS NOT NULL AS held FROM archive_segments s LEFT JOIN (SELECT DISTINCT archive_held($1) AS number) h ON h.number = s.number
      WHERE s.ledger_id = $1 AND s.state IN ('confirmed', 'pruned') AND s.removed_at IS NULL AND s.legal_hold <> (h.number IS NOT NULL) ORDER BY s.number`,
    [ledgerId],
  );
  const done: HeldObjects = { changed: 0, failed: 0 };
  for (const { number, held } of rows) {
    const segment = await findSegment(ledgerId, BigInt(number));
    if (segment?.versionId == null || segment.manifestVersionId === null) continue;
    try {
      const store = storeAt(segment);
      await store.legalHold(segment.objectKey, segment.versionId, held);
      await store.legalHold(segment.manifestKey, segment.manifestVersionId, held);
      await pool('archive').query('SELECT archive_hold_kept($1, $2, $3)', [ledgerId, number, held]);
      done.changed++;
    } catch (error) {
      done.failed++;
      log.warn(
        { err: error, ledger: ledgerId, segment: number },
        'the legal hold of an archive object could not be set; tried again later',
      );
    }
  }
  return done;
}
