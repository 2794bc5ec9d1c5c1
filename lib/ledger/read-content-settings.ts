import 'server-only';
import { pool } from '@/lib/db';
import { DEFAULT_PURPOSES, type Purpose } from '@/lib/policy/purposes';
import type { ContentSettings } from '@/lib/schema/words';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

interface Stored {
  version: number;
  phi_in_details: ContentSettings['phi_in_details'];
  backup_horizon_days: number;
  purposes: unknown;
  blind_index: boolean;
  changed_by: string | null;
  changed_at: Date | null;
}

/**
 * How a ledger's words are kept and revealed; the table's defaults, as version 0, where nobody has set anything.
 * @param lock true in a transaction that changes them: two people at once change one after the other, each on what the other left.
 */
export async function readContentSettings(tx: Tx, ledgerId: number, lock = false): Promise<ContentSettings> {
  const [row] = await tx.$queryRaw<Stored[]>`
    SELECT version, phi_in_details, backup_horizon_days, purposes, blind_index, changed_by, changed_at FROM content_settings
     WHERE ledger_id = ${ledgerId} ${lock ? Prisma.sql`FOR UPDATE` : Prisma.empty}`;
  return settingsOf(row);
}

/** The same for ingest, on its own connections: whatever screens hold, a record does not wait for it. */
export async function readContentPolicy(ledgerId: number): Promise<ContentSettings> {
  const { rows } = await pool('ingest').query<Stored>(
    `SELECT version, phi_in_details, backup_horizon_days, purposes, blind_index, changed_by, changed_at FROM content_settings WHERE ledger_id = $1`,
    [ledgerId],
  );
  return settingsOf(rows[0]);
}

function settingsOf(row: Stored | undefined): ContentSettings {
  if (row === undefined) {
    return {
      phi_in_details: 'mask',
      backup_horizon_days: 35,
      purposes: [...DEFAULT_PURPOSES],
      blind_index: false,
      version: 0,
      changed_by: null,
      changed_at: null,
    };
  }
  return { ...row, purposes: purposesOf(row.purposes), changed_at: row.changed_at?.toISOString() ?? null };
}

/** Null, or what nothing of ours has written: the list that a ledger begins with. */
function purposesOf(stored: unknown): Purpose[] {
  if (!Array.isArray(stored)) return [...DEFAULT_PURPOSES];
  const read = stored.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('code' in one) || !('say' in one)) return [];
    const { code, say } = one;
    return typeof code === 'string' && typeof say === 'string'
      ? [{ code, say, needs_note: 'needs_note' in one && one.needs_note === true }]
      : [];
  });
  return read.length > 0 ? read : [...DEFAULT_PURPOSES];
}
