import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { closeDatabase } from '@/lib/db';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger, archive, everythingDue } from '@/lib/testing/archived-ledger';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { closeAppenders } from './append-records';
import { boundedRead } from './bounded-read';
import { countDenied } from './read-overview';
import { readToolRecords } from './read-tool-records';

/** What is counted in the database alone says "at least" once records have left it. */
let db: TestDatabase;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-counts-'));
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('denied records, and calls of tools', async () => {
  const { ledger, drop } = await archivableLedger(
    db,
    'counts',
    Array.from({ length: 6 }, () => agentRecord({ action: 'tool_invoked', outcome: 'denied', details: { tool: 'ehr.read' } })),
  );
  const look = () =>
    boundedRead(async (tx) => ({
      denied: await countDenied(tx, ledger, 5n),
      tools: (await readToolRecords(tx, ledger, 0n, 100)).complete,
    }));
  expect(await look()).toEqual({ denied: { count: 6, exact: true }, tools: true });
  await archive(ledger, new DirectoryStore(path.join(folder, 'store')), { due: everythingDue((seq) => seq < 2n) });
  expect(await look()).toEqual({ denied: { count: 4, exact: false }, tools: false });
  drop();
});
