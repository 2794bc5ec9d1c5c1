import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { listSegments } from '@/lib/archive/segments';
import type { Viewer } from '@/lib/auth/viewer';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { askReport, readLines, takeReport } from '@/lib/testing/ask-report';
import { makeViewer } from '@/lib/testing/make-person';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';

/** A list that is exported has every record that its filters find, archived or not; or it says what it lacks; or it is not made. */
openArchive();
beforeEach(() => forgetSegments());

async function begin(): Promise<{ ledger: LedgerRow; officer: Viewer; store: DirectoryStore }> {
  const records = Array.from({ length: 24 }, (_, i) =>
    agentRecord({ conversation_id: `talk-${i % 2}`, agent_seq: (i >> 1) + 1, subject_id: i % 3 === 0 ? 'P-1' : 'P-2' }),
  );
  const ledger = await newLedger(records);
  const officer = await makeViewer({ [ledger.id]: 'compliance_officer' });
  return { ledger, officer, store: folderStore(ledger.slug) };
}

async function report(officer: Viewer, ledger: LedgerRow, query: string) {
  const dto = await askReport(officer, ledger.slug, { query, formats: ['csv'] });
  const jsonl = await takeReport(officer, dto, 'jsonl');
  const about = JSON.parse(String(await takeReport(officer, dto, 'about')));
  return { dto, jsonl, lines: jsonl.length === 0 ? [] : readLines(jsonl), csv: await takeReport(officer, dto, 'csv'), about };
}
const QUERIES = ['subject=P-1', 'conversation=talk-0', 'q=talk-1+-subject%3AP-1', ''];

it('has the same rows, byte for byte, before archival, in the middle of it, and after it', async () => {
  const { ledger, officer, store } = await begin();
  const all = () => Promise.all(QUERIES.map(async (query) => (await report(officer, ledger, query)).jsonl.toString()));
  const before = await all();
  expect(before.map((text) => text.split('\n').length - 1)).toEqual([8, 12, 8, 24]);
  for (const which of [(seq: bigint) => seq % 5n > 1n, () => true]) {
    await archive(ledger, store, { due: everythingDue(which), bounds: { rows: 5, bytes: 1e9 } });
    expect(await all()).toEqual(before);
    const { dto, about } = await report(officer, ledger, 'subject=P-1');
    expect([dto.state, dto.rows, about.rows, about.caveats]).toEqual(['done', 8, 8, []]);
  }
});

it('is not made with holes in it where the archive does not answer, and says how many records were not looked at', {
  timeout: 60_000,
}, async () => {
  const { ledger, officer, store } = await begin();
  await archive(ledger, store, { due: everythingDue((seq) => seq < 10n) });
  renameSync(store.place, `${store.place}-away`);
  writeFileSync(store.place, '');
  const filtered = await askReport(officer, ledger.slug, { query: 'subject=P-1', formats: ['csv'] });
  expect([filtered.state, filtered.error]).toEqual([
    'failed',
    expect.stringContaining('10 archived records were not looked at (segment 1)'),
  ]);
  const whole = await askReport(officer, ledger.slug, { query: '', formats: ['csv'] });
  expect([whole.state, whole.error]).toEqual(['failed', expect.stringContaining('holes in it')]);
});

it('says of what was altered in the archive that it was, in its lines, at its end and beside it', async () => {
  const { ledger, officer, store } = await begin();
  await archive(ledger, store, { due: everythingDue((seq) => seq < 10n) });
  const file = path.join(store.place, (await listSegments(ledger.id, 0n, 1))[0]!.objectKey);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  chmodSync(file, 0o600);
  writeFileSync(file, bytes);
  const whole = await report(officer, ledger, '');
  const altered = whole.lines.filter(({ archived }) => archived?.state === 'contradicted');
  expect([altered.length, altered[0].body, altered[0].archived.segment]).toEqual([10, null, '1']);
  expect(whole.about.caveats).toEqual([expect.stringContaining('10 records are listed without what they say')]);
  expect(whole.csv.toString()).toContain('what lies there is not what was archived');
  const filtered = await report(officer, ledger, 'subject=P-1');
  expect([filtered.dto.rows, filtered.about.caveats]).toEqual([
    4,
    [expect.stringContaining('10 archived records were not looked at (segment 1)')],
  ]);
  const pdf = await askReport(officer, ledger.slug, { query: 'subject=P-1', formats: ['pdf'] });
  expect(pdf.state).toBe('done');
});
