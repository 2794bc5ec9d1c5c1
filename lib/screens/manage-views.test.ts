import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { deleteView, listViews, saveView } from './manage-views';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const view = { screen: '/records', name: 'Denied', query: 'outcome=denied' } as const;

it('a saved view is its person’s own: nobody else sees or deletes it', async () => {
  const [ann, bob] = [await makeViewer({ [db.ledgers.main]: 'auditor' }), await makeViewer({ [db.ledgers.main]: 'auditor' })];
  const { id } = await saveView(ann, view);
  expect(await listViews(ann.person.id)).toEqual([{ id, ...view }]);
  expect(await listViews(bob.person.id)).toEqual([]);
  await expect(deleteView(bob, id)).rejects.toMatchObject({ code: 'not_found' });
  await deleteView(ann, id);
  expect(await listViews(ann.person.id)).toEqual([]);
});

it('the same name on the same screen is overwritten, and every change is an entry of the access ledger', async () => {
  const ann = await makeViewer({ [db.ledgers.main]: 'auditor' });
  const before = (await accessRecords(db.ledgers.access)).length;
  await saveView(ann, view);
  await saveView(ann, { ...view, query: 'outcome=failure' });
  expect((await listViews(ann.person.id)).map((v) => v.query)).toEqual(['outcome=failure']);
  const changes = (await accessRecords(db.ledgers.access)).slice(before).map((record) => record.details);
  expect(changes).toMatchObject([
    { change: 'view saved', query: 'outcome=denied' },
    { change: 'view saved', query: 'outcome=failure' },
  ]);
});

it('a menu of a hundred views is full', async () => {
  const ann = await makeViewer({ [db.ledgers.main]: 'auditor' });
  for (let i = 0; i < 100; i++) await saveView(ann, { ...view, name: `v${i}` });
  await expect(saveView(ann, { ...view, name: 'one more' })).rejects.toMatchObject({ code: 'conflict' });
});
