import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive } from '@/lib/testing/archived-ledger';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { DirectoryStore } from './directory-store';
import { fetchSegment, forgetSegments } from './fetch-segment';
import { listSegments } from './segments';

/** Many readers at once take the memory of a few segments, not of all. */
openArchive();

it('three segments are fetched at a time, in the order in which they were asked for, and each that waited comes', async () => {
  const ledger = await newLedger(Array.from({ length: 24 }, () => agentRecord()));
  await archive(ledger, folderStore('store'), { bounds: { rows: 2, bytes: 1e9 } });
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
  }
});
