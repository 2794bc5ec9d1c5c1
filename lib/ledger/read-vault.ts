import 'server-only';
import type { RotationDto } from '@/lib/schema/words';
import type { Tx } from './bounded-read';

const ROTATIONS_SHOWN = 20;

/** Ids of the keys that data keys or secrets are wrapped with now, sorted: one probe of an index for each, however many data keys there are. */
export async function keysInUse(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE used (id) AS (
      (SELECT kek_id FROM content_keys WHERE wrapped IS NOT NULL ORDER BY kek_id LIMIT 1)
      UNION ALL
      SELECT (SELECT kek_id FROM content_keys WHERE wrapped IS NOT NULL AND kek_id > used.id ORDER BY kek_id LIMIT 1) FROM used WHERE used.id IS NOT NULL
    )
    SELECT id FROM used WHERE id IS NOT NULL UNION SELECT kek_id FROM vault_secrets ORDER BY id`;
  return rows.map(({ id }) => id);
}

/** Newest first. */
export async function listRotations(tx: Tx): Promise<RotationDto[]> {
  const rows = await tx.$queryRaw<
    {
      id: string;
      to_kek: string;
      started_by: string;
      started_at: Date;
      done: bigint;
      total: bigint;
      finished_at: Date | null;
      last_error: string | null;
    }[]
  >`SELECT id, to_kek, started_by, started_at, done, total, finished_at, last_error FROM key_rotations ORDER BY started_at DESC LIMIT ${ROTATIONS_SHOWN}`;
  return rows.map(({ to_kek, started_at, finished_at, done, total, ...row }) => ({
    ...row,
    to: to_kek,
    started_at: started_at.toISOString(),
    done: Number(done),
    total: Number(total),
    finished_at: finished_at?.toISOString() ?? null,
  }));
}
