import { expect, it } from 'vitest';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { boundedRead } from './bounded-read';
import { countDenied } from './read-overview';
import { readToolRecords } from './read-tool-records';

/** What is counted in the database alone says "at least" once records have left it. */
openArchive();

it('denied records, and calls of tools', async () => {
  const ledger = await newLedger(
    Array.from({ length: 6 }, () => agentRecord({ action: 'tool_invoked', outcome: 'denied', details: { tool: 'ehr.read' } })),
  );
  const look = () =>
    boundedRead(async (tx) => ({
      denied: await countDenied(tx, ledger, 5n),
      tools: (await readToolRecords(tx, ledger, 0n, 100)).complete,
    }));
  expect(await look()).toEqual({ denied: { count: 6, exact: true }, tools: true });
  await archive(ledger, folderStore('store'), { due: everythingDue((seq) => seq < 2n) });
  expect(await look()).toEqual({ denied: { count: 4, exact: false }, tools: false });
});
