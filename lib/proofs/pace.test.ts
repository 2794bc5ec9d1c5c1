import { expect, it } from 'vitest';
import { HEARTBEAT_MS, Pace } from './pace';

/** Signs whenever it is due, looking twice a second; entries come all the time or never. @param clock what the clock shows after so many milliseconds */
function run(ms: number, news: boolean, clock: (elapsed: number) => number = (elapsed) => 1e12 + elapsed): number[] {
  const pace = new Pace(clock(0));
  const at: number[] = [];
  let last = null as { number: bigint; at: number } | null;
  for (let elapsed = 0; elapsed <= ms; elapsed += 500) {
    const now = clock(elapsed);
    if (!pace.isDue(now, last, news)) continue;
    // As the signer does: never an earlier time than the one before.
    last = { number: BigInt(at.length + 1), at: Math.max(now, last?.at ?? 0) };
    pace.spend(now);
    at.push(elapsed);
  }
  return at;
}

it('signs new entries within a second for a minute, and under load that lasts within ten seconds', () => {
  const at = run(600_000, true);
  const gaps = at.slice(1).map((one, i) => one - at[i]);
  expect(gaps.slice(0, 55).every((gap) => gap === 1_000)).toBe(true);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
  expect(gaps.slice(80).every((gap) => gap === 10_000)).toBe(true);
});

it('speaks up every five minutes while nothing comes', () => {
  expect(run(3 * HEARTBEAT_MS, false)).toEqual([0, HEARTBEAT_MS, 2 * HEARTBEAT_MS, 3 * HEARTBEAT_MS]);
});

it.each([
  ['an hour', 3_600_000],
  ['ten years', 315_576_000_000],
])('keeps its pace when the clock jumps back by %s, and forward', (_, jump) => {
  for (const direction of [-1, 1]) {
    const clock = (elapsed: number) => 1e12 + elapsed + (elapsed >= 100_000 ? direction * jump : 0);
    const busy = run(600_000, true, clock).filter((at) => at >= 100_000);
    expect(busy.length).toBeGreaterThan(45);
    expect(busy.length).toBeLessThan(120);
    const idle = run(4 * HEARTBEAT_MS, false, clock).filter((at) => at >= 100_000);
    expect(idle.length).toBeGreaterThanOrEqual(3);
    expect(idle.length).toBeLessThanOrEqual(5);
  }
});
