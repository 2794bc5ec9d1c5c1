import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { demoHolds } from '@/lib/demo/demo-holds';
import { closeAppenders } from '@/lib/ledger/append-records';
import { pageHolds } from '@/lib/ledger/read-holds';
import { askRelease, confirmRelease, placeHold } from '@/lib/retention/legal-holds';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { keepDemoHolds } from './keep-demo-holds';

const now = new Date('2026-11-18T15:20:00.000Z');
let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

async function demo(slug: string) {
  const [{ id }] = await asAdmin(
    db.adminUrl,
    async (c) =>
      (await c.query<{ id: number }>('SELECT create_ledger($1, $2, $3, $4, true) AS id', [slug, `test.example/${slug}`, 'agents', slug]))
        .rows,
  );
  const [officer, second] = [await makeViewer({ [id]: 'compliance_officer' }), await makeViewer({ [id]: 'compliance_officer' })];
  const keep = () => keepDemoHolds({ id, slug }, now, [officer.person.email, second.person.email]);
  const entries = async () =>
    (await accessRecords(db.ledgers.access))
      .filter(({ details }) => (details as { ledger?: string }).ledger === slug)
      .map(({ action, actor_id }) => [action, actor_id === officer.person.email ? 'officer' : 'second']);
  const holds = async () => (await pageHolds(prisma(), id, {}, {})).rows;
  return { slug, officer, second, keep, entries, holds };
}
const ENTRIES = [
  ['hold_placed', 'officer'],
  ['hold_release_requested', 'officer'],
  ['hold_released', 'second'],
  ['hold_placed', 'officer'],
  ['hold_placed', 'officer'],
];

it('places the holds of the demo, one of them released by two people, with the entries of whoever does so; again, it finds them', async () => {
  const { officer, second, keep, entries, holds } = await demo('demo');
  await keep();
  expect(await entries()).toEqual(ENTRIES);
  const placed = await holds();
  expect(placed.map(({ number, matter, released_at }) => [number, matter, released_at === null])).toEqual(
    [3, 2, 1].map((number) => [number, demoHolds(now)[number - 1]!.matter, number > 1]),
  );
  expect(placed[2]).toMatchObject({ placed_by: officer.person.email, released_by: second.person.email });
  await keep();
  expect(await holds()).toEqual(placed);
  expect(await entries()).toEqual(ENTRIES);
});

it.each([0, 1, 2])('goes on where it was broken off, %s steps after the first hold was placed', async (steps) => {
  const { slug, officer, second, keep, entries, holds } = await demo(`broken-${steps}`);
  const { released, ...wish } = demoHolds(now)[0]!;
  const { id } = await placeHold(officer, slug, wish);
  if (steps > 0) await askRelease(officer, slug, id, released!);
  if (steps > 1) await confirmRelease(second, slug, id);
  await keep();
  expect(await entries()).toEqual(ENTRIES);
  expect((await holds()).map(({ released_at }) => released_at === null)).toEqual([true, true, false]);
});
