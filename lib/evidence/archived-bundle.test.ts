import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { bundleOf } from '@/lib/testing/make-evidence';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { tamper } from '@/lib/testing/tamper-ledger';
import { findPositions } from './find-positions';

/** Evidence is of all that was asked for, wherever it lies, or it is not made. */
openArchive();
beforeEach(() => forgetSegments());

const CONVERSATION: EvidenceScope = { kind: 'conversation', conversation_id: 'talk-0' };
const FILTERS: EvidenceScope[] = ['subject=P-1', 'q=tool%3Aehr.read+-outcome%3Afailure', 'conversation=talk-1', 'q=talk'].map((query) => ({
  kind: 'filter',
  query,
}));
const SCOPES: EvidenceScope[] = [CONVERSATION, ...FILTERS];

async function mixedLedger(): Promise<{ ledger: LedgerRow; checkpoint: CheckpointDto; place: string }> {
  const records = Array.from({ length: 30 }, (_, i) =>
    agentRecord({
      ...(i % 3 < 2 && { conversation_id: `talk-${i % 3}`, agent_seq: Math.floor(i / 3) + 1 }),
      subject_id: i % 4 === 0 ? 'P-1' : 'P-2',
      outcome: i % 5 === 0 ? 'failure' : 'success',
      details: { tool: i % 2 ? 'ehr.read' : 'reply' },
    }),
  );
  const ledger = await newLedger(records);
  return { ledger, checkpoint: (await newestCheckpoint(ledger.id))!, place: folderStore(ledger.slug).place };
}
const positions = (ledger: LedgerRow, scope: EvidenceScope) => findPositions(ledger, scope, 30n);

it('a bundle of a conversation, and of a filter, is byte for byte the same after archival', async () => {
  const { ledger, checkpoint, place } = await mixedLedger();
  const before = await Promise.all(
    SCOPES.map(async (scope) => [await positions(ledger, scope), await bundleOf(ledger, scope, checkpoint)]),
  );
  for (const [found] of before) expect(found.length).toBeGreaterThan(3);
  for (const step of [0n, 1n]) {
    await archive(ledger, new DirectoryStore(place), {
      due: everythingDue((seq) => step === 1n || seq % 7n > 2n),
      bounds: { rows: 6, bytes: 1e9 },
    });
    for (const [i, scope] of SCOPES.entries()) {
      expect([scope, await positions(ledger, scope)]).toEqual([scope, before[i][0]]);
      expect((before[i][1] as Buffer).equals(await bundleOf(ledger, scope, checkpoint))).toBe(true);
    }
  }
});

it('none is made of a part: an archive that does not answer is told, with how many records were not looked at', async () => {
  const { ledger, checkpoint, place } = await mixedLedger();
  await archive(ledger, new DirectoryStore(place), { due: everythingDue((seq) => seq < 12n) });
  renameSync(place, `${place}-away`);
  writeFileSync(place, '');
  await expect(positions(ledger, FILTERS[0])).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringContaining('12 archived records were not looked at (segment 1)'),
  });
  // Where they are is known of a conversation; their bodies are not there.
  expect((await positions(ledger, CONVERSATION)).length).toBe(10);
  await expect(bundleOf(ledger, CONVERSATION, checkpoint)).rejects.toMatchObject({ code: 'archive_refused' });
  rmSync(place);
  renameSync(`${place}-away`, place);
  expect((await bundleOf(ledger, CONVERSATION, checkpoint)).length).toBeGreaterThan(1_000);
});

it('none is made of a conversation of which fewer records are found than it has', async () => {
  const { ledger, place } = await mixedLedger();
  await archive(ledger, new DirectoryStore(place), { due: everythingDue((seq) => seq < 12n) });
  await tamper(db, ledger.id, (client) => client.query('DELETE FROM records WHERE ledger_id = $1 AND seq = 27', [ledger.id]));
  await expect(positions(ledger, CONVERSATION)).rejects.toMatchObject({
    code: 'archive_refused',
    message: expect.stringContaining('has 10 records, and 9 were found'),
  });
});
