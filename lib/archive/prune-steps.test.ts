import { afterEach, expect, it, vi } from 'vitest';
import { pool } from '@/lib/db';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, hotPositions } from '@/lib/testing/archived-ledger';
import { folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';

openArchive();
const rests = vi.hoisted(() => [] as number[]);
vi.mock('node:timers/promises', async (real) => {
  const timers = await real<typeof import('node:timers/promises')>();
  const setTimeout: typeof timers.setTimeout = (ms, value, options) => {
    rests.push(ms ?? 0);
    return timers.setTimeout(ms, value, options);
  };
  return { ...timers, setTimeout };
});
afterEach(() => void vi.restoreAllMocks());

it('records are taken away few at a time, more where a step is long for what it asks each time, up to a bound, and few again once it is short; whoever takes many rests longer', async () => {
  const ledger = await newLedger(Array.from({ length: 3_000 }, () => agentRecord()));
  const archiver = pool('archive');
  const query = archiver.query.bind(archiver) as (text: string, values?: unknown[]) => Promise<{ rows: { done: number }[] }>;
  const steps: { asked: number; done: number }[] = [];
  const PACE = 1e-4;
  // The clock is the test's own: the first five steps are as long as those that ask many holds.
  let clock = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  vi.spyOn(archiver, 'query').mockImplementation((async (text: string, values?: unknown[]) => {
    const answer = await query(text, values);
    if (!text.includes('prune_segment')) return answer;
    steps.push({ asked: values![3] as number, done: answer.rows[0]!.done });
    if (steps.length === 1) rests.length = 0;
    // One waits for a whole second.
    clock += steps.length <= 5 ? 30 : steps.length === 12 ? 1_000 : 1;
    return answer;
  }) as never);
  await archive(ledger, folderStore('steps'), { pace: PACE });
  const asked = steps.map((step) => step.asked);
  expect(asked.slice(0, 14)).toEqual([64, 128, 256, 512, 512, 512, 256, 128, 64, 64, 64, 64, 128, 64]);
  expect(new Set(asked.slice(14))).toEqual(new Set([64]));
  // The last step finds nothing left, and rests no more. 1,984 had gone by the sixth.
  const rested = rests.slice(0, steps.length - 1).map((ms) => Math.round(ms / PACE));
  expect(rested).toEqual(rested.map((_, i) => (i < 5 ? 1_200 : i < 6 ? 40 : i === 11 ? 15_000 : 150)));
  for (const { asked: most, done } of steps) expect(done).toBeLessThanOrEqual(most);
  expect(steps.reduce((sum, { done }) => sum + done, 0)).toBe(3_000);
  expect(await hotPositions(ledger.id)).toEqual([]);
});
