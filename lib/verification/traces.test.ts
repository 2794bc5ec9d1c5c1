import { expect, it } from 'vitest';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { verifyEntries } from './verify-entries';

/** A hold that is placed after archival finds its records by traces: whoever owns the database cannot take them away unseen. */
openArchive();

async function archived(): Promise<LedgerRow> {
  const ledger = await newLedger(
    Array.from({ length: 9 }, (_, i) =>
      agentRecord({
        ...(i < 6 ? { conversation_id: `talk-${i % 2}` } : {}),
        actor_id: i === 4 ? 'nurse-7' : 'agent-1',
        ...(i % 3 === 0 ? { resource_type: 'chart', resource_id: 'R-1', subject_id: 'P-1' } : {}),
      }),
    ),
  );
  await archive(ledger, folderStore(ledger.slug), { due: everythingDue((seq) => seq < 8n) });
  return ledger;
}
const told = async (ledger: LedgerRow) => {
  const { breaks } = await verifyEntries({ ledgerId: ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} });
  return breaks.kept().map(({ code, seq, expected }) => `${code}@${seq} ${expected}`);
};
const sql = (text: string, ...values: unknown[]) => asAdmin(db.adminUrl, (c) => c.query(text, values));

it('a sound archive has them all', async () => {
  expect(await told(await archived())).toEqual([]);
});

it.each([
  ['an actor', `DELETE FROM retention_traces WHERE ledger_id = $1 AND value = 'nurse-7'`, ['actor of #4']],
  [
    'a person of no conversation',
    `DELETE FROM retention_traces WHERE ledger_id = $1 AND kind = 'subject' AND conversation_id = ''`,
    ['subject of #6'],
  ],
  [
    'a resource, moved to another conversation',
    `UPDATE retention_traces SET conversation_id = 'x' WHERE ledger_id = $1 AND kind = 'resource' AND conversation_id = 'talk-0'`,
    ['resource of #0'],
  ],
  [
    'an agent, made shorter',
    `UPDATE retention_traces SET last_seq = 3 WHERE ledger_id = $1 AND kind = 'actor' AND value = 'agent-1' AND conversation_id = 'talk-1'`,
    ['actor of #1, as far as #5'],
  ],
  [
    'a resource, under another type',
    `UPDATE retention_traces SET type = 'claim' WHERE ledger_id = $1 AND kind = 'resource' AND conversation_id = 'talk-1'`,
    ['resource of #3'],
  ],
])('what was taken away is told: %s', async (_what, statement, expected) => {
  const ledger = await archived();
  await sql(statement, ledger.id);
  const found = await told(ledger);
  expect(found).toHaveLength(expected.length);
  for (const [i, one] of expected.entries()) expect(found[i]).toContain(`retention_traces of the ${one}`);
});

it('of a segment that is not noted yet none is asked for', async () => {
  const ledger = await archived();
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE archive_segments DISABLE TRIGGER ALL');
    await c.query('UPDATE archive_segments SET noted_to = -1 WHERE ledger_id = $1', [ledger.id]);
    await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_row');
    await c.query('ALTER TABLE archive_segments ENABLE ALWAYS TRIGGER append_only_statement');
    await c.query('DELETE FROM retention_traces WHERE ledger_id = $1', [ledger.id]);
  });
  expect((await told(ledger)).filter((one) => one.includes('retention_traces'))).toEqual([]);
});
