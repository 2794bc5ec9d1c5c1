import 'server-only';
import { pool } from '@/lib/db';
import type { DestroyedDto } from '@/lib/schema/destruction';

/**
 * Which of these positions are destroyed, by which destruction and when. Asked for entries whose bodies are not here, before anybody asks an archive for them: what was
 * destroyed is shown to nobody, whatever a locked object still holds.
 */
export async function findDestroyed(ledgerId: number, seqs: readonly bigint[]): Promise<Map<bigint, DestroyedDto>> {
  const found = new Map<bigint, DestroyedDto>();
  if (seqs.length === 0) return found;
  const { rows } = await pool('verification').query<{ seq: string; id: string; number: number; on: string | null; certified: boolean }>(
    `SELECT x.seq, d.id, d.number, (coalesce(d.finished_at, d.started_at) AT TIME ZONE 'UTC')::date::text AS on, d.finished_at IS NOT NULL AS certified
       FROM destroyed_of($1, $2::bigint[]) x JOIN destructions d ON d.id = x.destruction_id`,
    [ledgerId, seqs.map(String)],
  );
  for (const { seq, id, number, on, certified } of rows)
    found.set(BigInt(seq), {
      id,
      number,
      on,
      say: certified
        ? `Erased under policy on ${on}, certificate #${number}. The entry and its seal remain.`
        : `Erased under policy by destruction #${number}, which is still under way. The entry and its seal remain.`,
    });
  return found;
}
