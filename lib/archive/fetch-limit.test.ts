import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger, archive } from '@/lib/testing/archived-ledger';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { DirectoryStore } from './directory-store';
import { fetchSegment, forgetSegments } from './fetch-segment';
import { listSegments } from './segments';

/** Many readers at once take the memory of a few segments, not of all. */
let db: TestDatabase;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-fetch-'));
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('three segments are fetched at a time, in the order in which they were asked for, and each that waited comes', async () => {
  const { ledger, drop } = await archivableLedger(
    db,
    'fetch-limit',
    Array.from({ length: 24 }, () => agentRecord()),
  );
  await archive(ledger, new DirectoryStore(path.join(folder, 'store')), { bounds: { rows: 2, bytes: 1e9 } });
  const segments = await listSegments(ledger.id, 0n, 100);
  expect(segments.length).toBe(12);
  let [now, most] = [0, 0];
  const get = DirectoryStore.prototype.get;
  const spy = vi.spyOn(DirectoryStore.prototype, 'get').mockImplementation(async function* (this: DirectoryStore, ...at) {
    most = Math.max(most, ++now);
    try {
      await sleep(20);
      yield* get.apply(this, at);
    } finally {
      now--;
    }
  });
  try {
    forgetSegments();
    const order: bigint[] = [];
    const fetched = await Promise.all(
      segments.map(async (segment) => {
        const one = await fetchSegment(ledger, segment);
        order.push(segment.number);
        return one;
      }),
    );
    expect(most).toBe(3);
    expect(fetched.every((one) => 'body' in one && one.body !== undefined)).toBe(true);
    expect(order.slice(-3).every((number) => number > 6n)).toBe(true);
    // One that fails gives its turn back.
    forgetSegments();
    spy.mockImplementation(() => {
      throw new Error('no store');
    });
    const failed = await Promise.all(segments.map((segment) => fetchSegment(ledger, segment)));
    expect(failed.every((one) => 'say' in one)).toBe(true);
    spy.mockRestore();
    expect('say' in (await fetchSegment(ledger, segments[0]!))).toBe(false);
  } finally {
    spy.mockRestore();
    drop();
  }
});
