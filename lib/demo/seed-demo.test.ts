import { afterEach, beforeEach, expect, test } from 'vitest';
import { MisbehavingLedger } from '../sdk/src/testing/misbehaving-ledger';
import { buildDemo } from './build-demo';
import { seedDemo } from './seed-demo';

const now = new Date('2026-11-18T15:20:00.000Z');
const keys = { clinic: 'key-1', claims: 'key-2', law: 'key-3' };
let ledger: MisbehavingLedger;
beforeEach(async () => {
  ledger = new MisbehavingLedger();
  await ledger.start();
});
afterEach(() => ledger.stop());

test('everything is posted in chronological order, each office by its own key, and told as it goes', async () => {
  const progress: number[] = [];
  const result = await seedDemo({ url: ledger.url, keys, now, onProgress: (done) => progress.push(done) });
  const records = buildDemo(now);
  expect(ledger.stored.map((record) => record.id)).toEqual(records.map((record) => record.id));
  expect(result).toMatchObject({ records: records.length, duplicates: 0 });
  expect(progress.at(-1)).toBe(records.length);
  const agents = new Map(records.map((record) => [record.id, record.agent_name]));
  for (const request of ledger.requests) {
    const key = { 'clinic-assistant': 'key-1', 'claims-desk': 'key-2', 'law-office': 'key-3' }[agents.get(request.ids[0] ?? '') ?? ''];
    expect(request.headers.authorization).toBe(`Bearer ${key}`);
  }
});

test('a seeding that was broken off is taken up again and stores nothing twice', async () => {
  ledger.refuseItem = () => (ledger.stored.length >= 2_000 ? { status: 403, code: 'forbidden' } : null);
  await expect(seedDemo({ url: ledger.url, keys, now })).rejects.toMatchObject({ code: 'forbidden' });
  const before = ledger.stored.length;
  ledger.refuseItem = () => null;
  const result = await seedDemo({ url: ledger.url, keys, now });
  expect(result.duplicates).toBe(before);
  expect(ledger.stored).toHaveLength(result.records);
});
