import pg from 'pg';
import { countRetention } from '@/lib/ledger/count-retention';
import { countVolume } from '@/lib/ledger/count-volume';

/**
 * Counts are derived: they are set back to nothing, and counted anew here as far as nobody else does. Overviews show less until that is done.
 * @param adminUrl of a superuser: nobody else may take counts away. @returns what was done, in a sentence.
 */
export async function repairCounts(adminUrl: string, ledgerId: number): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    // Whoever counts holds this row.
    await client.query('SELECT FROM volume_progress WHERE ledger_id = $1 FOR UPDATE', [ledgerId]);
    for (const table of ['volume_counts', 'agent_counts']) await client.query(`DELETE FROM ${table} WHERE ledger_id = $1`, [ledgerId]);
    // Those of records that have left the database can only be taken over.
    await client.query(
      'INSERT INTO volume_counts (ledger_id, day, action, count) SELECT ledger_id, day, action, count FROM archived_counts WHERE ledger_id = $1 AND count > 0',
      [ledgerId],
    );
    await client.query('UPDATE volume_progress SET counted_to = -1 WHERE ledger_id = $1', [ledgerId]);
    await client.query('SELECT FROM retention_progress WHERE ledger_id = $1 FOR UPDATE', [ledgerId]);
    // What was archived or destroyed cannot be counted anew: its records are not here.
    await client.query("DELETE FROM retention_counts WHERE ledger_id = $1 AND state = 'hot'", [ledgerId]);
    await client.query('DELETE FROM retention_dirty WHERE ledger_id = $1', [ledgerId]);
    await client.query('UPDATE retention_progress SET counted_to = -1 WHERE ledger_id = $1', [ledgerId]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    await client.end();
  }
  for (const count of [countVolume, countRetention]) {
    for (let caughtUp = false; !caughtUp; ) {
      const step = await count(ledgerId);
      if (step === null) return 'Counts were set back to nothing; the running service counts them anew.';
      caughtUp = step.caughtUp;
    }
  }
  return 'Counts were made anew from the records.';
}
