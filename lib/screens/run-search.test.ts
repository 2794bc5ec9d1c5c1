import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { SearchAnswer } from '@/lib/schema/search';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { runSearch } from './run-search';

let db: TestDatabase;
let auditor: Viewer;
const ids = Array.from({ length: 4 }, () => randomUUID());
beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  const records = ids.map((id, i) =>
    agentRecord({
      id,
      conversation_id: `talk-${i % 2}`,
      details: { tool: i < 2 ? 'ehr.read' : 'mail' },
      ...(i === 1 && { domains: ['hipaa'] }),
    }),
  );
  for (const record of records)
    await appendRecords(db.ledgers.main, [prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' })]);
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});
const search = async (params: Record<string, string>, viewer = auditor) =>
  SearchAnswer.parse(await runSearch(viewer, { params: new URLSearchParams({ ledger: 'main', ...params }), route: '/api/v1/search' }));
const found = async (q: string) => {
  const answer = await search({ q });
  return answer.in === 'records' ? answer.rows.map((row) => row.id) : [];
};

it('a search finds records, says how it was understood, and is one entry of the access ledger', async () => {
  expect(await found('tool:ehr.read')).toEqual([ids[1], ids[0]]);
  expect(await found('tool:ehr.read -domain:hipaa')).toEqual([ids[0]]);
  expect(await found('talk-1 tool:mail')).toEqual([ids[3]]);
  expect(await found(ids[2]!)).toEqual([ids[2]]);
  const before = (await accessRecords(db.ledgers.access)).length;
  const answer = await search({ q: 'tool:"mail" -has:phi' });
  expect(answer.terms).toEqual([
    { name: 'tool', value: 'mail', not: false, start: 0, end: 11 },
    { name: 'has', value: 'phi', not: true, start: 12, end: 20 },
  ]);
  const after = await accessRecords(db.ledgers.access);
  expect(after.length).toBe(before + 1);
  expect(after.at(-1)).toMatchObject({
    action: 'search_run',
    details: { screen: '/api/v1/search', filters: { q: 'tool:"mail" -has:phi' } },
  });
});

it('a search finds conversations', async () => {
  const answer = await search({ q: 'talk-1', in: 'conversations' });
  expect(answer.in === 'conversations' && answer.rows.map((row) => row.conversation_id)).toEqual(['talk-1']);
});

it('a search that cannot be read is refused with its place, before anything is looked at', async () => {
  const before = (await accessRecords(db.ledgers.access)).length;
  for (const [params, code, pointer] of [
    [{ q: 'agnet:x' }, 'query_invalid', '/q'],
    [{ q: 'tool:x', in: 'conversations' }, 'query_invalid', '/q'],
    [{ q: '' }, 'required', '/q'],
    [{ q: 'x', in: 'prompts' }, 'enum', '/in'],
  ] as const)
    await expect(search(params)).rejects.toMatchObject({ code, pointer });
  await expect(search({ q: 'mail agnet:x' })).rejects.toThrow(
    /^Characters 6 to 12: There is no agnet: to search by\. Did you mean agent:\?/,
  );
  expect((await accessRecords(db.ledgers.access)).length).toBe(before);
});

it('a search of what was said is refused where the ledger keeps no index of words', async () => {
  await expect(search({ q: 'said:insulin' })).rejects.toMatchObject({ code: 'words_not_indexed' });
});
