import pg from 'pg';
import { pool } from '@/lib/db';
import { sealTree } from '@/lib/ledger/seal-tree';
import type { verifyEntries } from '@/lib/verification/verify-entries';

/** As seal_tiles takes it, so that nobody seals meanwhile. */
const SEAL_LOCK = 1212435539;

/**
 * Tiles are derived: where they alone are broken they are made anew from the entries. Where anything else is, they are evidence of what the entries were, and
 * stay. @param adminUrl of a superuser: the tables refuse changes to everyone else. @returns what was done, in a sentence.
 */
export async function repairTiles(adminUrl: string, ledgerId: number, found: Awaited<ReturnType<typeof verifyEntries>>): Promise<string> {
  const { breaks, tree, head } = found;
  if (tree === null || head === null || tree.tileBreaks === 0) return 'No tile is broken: there is nothing to make anew.';
  if (breaks.total > tree.tileBreaks)
    return 'The tiles stay as they are: more than they is broken, and they are evidence of what the entries were.';
  if (tree.rootsCompared + BigInt(tree.elsewhereCompared) === 0n)
    return 'The tiles stay as they are: no checkpoint says what the tree over these entries should be.';
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [SEAL_LOCK, ledgerId]);
    await client.query('ALTER TABLE tree_tiles DISABLE TRIGGER append_only_row, DISABLE TRIGGER append_only_statement');
    const { rowCount } = await client.query('DELETE FROM tree_tiles WHERE ledger_id = $1', [ledgerId]);
    await client.query('ALTER TABLE tree_tiles ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
    await client.query('COMMIT');
    while (!(await sealTree(pool('verification'), ledgerId, head.seq + 1n)).done);
    return `${rowCount?.toLocaleString('en')} tiles were made anew from the entries; what follows is the result.`;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    await client.end();
  }
}
