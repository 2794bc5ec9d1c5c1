import { expect, it } from 'vitest';
import { DestructionPreviewAnswer } from '@/lib/schema/destruction';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, placeHoldOn } from '@/lib/testing/archived-ledger';
import { all, destroyableLedger, NEW, OLD, recount, wish, work } from '@/lib/testing/destroyable-ledger';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';
import { approveDestruction, previewDestruction, requestDestruction } from './manage-destruction';

/** Whoever asks for a destruction is told what would go that says what was in force (decision 027). */
openArchive();

const record = (action: RecordInput['action'], over: Partial<RecordInput> = {}) =>
  agentRecord({ action, timestamp: OLD, actor_id: 'it', ...over });
const RECORDS = () => [
  record('access_granted'),
  record('user_message_received'),
  record('access_granted'),
  record('model_changed'),
  record('prompt_changed', { timestamp: NEW }),
  record('access_revoked', { actor_id: 'held' }),
  record('access_revoked'),
];
const FOUND = [
  { action: 'access_granted', records: 2 },
  { action: 'access_revoked', records: 1 },
  { action: 'model_changed', records: 1 },
];

it('a preview counts of each kind what would go, and neither what is held nor what is not due; so do the request and its approval', async () => {
  const w = await destroyableLedger(RECORDS());
  await placeHoldOn(db, w.ledger.id, 'actor', 'held');
  await recount(w.ledger.id);
  const seen = await previewDestruction(w.officer, w.slug, all);
  expect(DestructionPreviewAnswer.parse(seen)).toEqual(seen);
  expect(seen.found).toMatchObject({ due: 5, held: 1, not_due: 1, governing: FOUND });
  expect(seen.say).toContain('Among them are 2 grants of access, 1 revocation of access and 1 change of a model.');
  const asked = await requestDestruction(w.officer, w.slug, wish());
  expect(asked.found.governing).toEqual(FOUND);
  const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
  expect(approved.approved!.found.governing).toEqual(FOUND);
  expect((await work(approved)).state).toBe('done');
  expect((await previewDestruction(w.officer, w.slug, all)).found.governing).toEqual([]);
});

it('what is in the archive alone is counted by its bodies', async () => {
  const w = await destroyableLedger(RECORDS());
  await archive(w.ledger, folderStore(w.slug), { due: everythingDue((seq) => seq % 2n === 0n) });
  await recount(w.ledger.id);
  const { found } = await previewDestruction(w.officer, w.slug, all);
  expect(found).toMatchObject({ due: 6, archived: 3 });
  expect(found.governing).toEqual([FOUND[0], { action: 'access_revoked', records: 2 }, FOUND[2]]);
});

it('of what governs nothing nothing is said', async () => {
  const w = await destroyableLedger([record('user_message_received'), record('agent_response_generated')]);
  const { found, say } = await previewDestruction(w.officer, w.slug, all);
  expect(found.governing).toEqual([]);
  expect(say).toBe('2 records are past their minimum and under no hold.');
});
