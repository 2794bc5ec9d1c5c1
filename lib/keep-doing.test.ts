import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { keepDoing } from './keep-doing';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
const keep = (...what: Parameters<typeof keepDoing>) => {
  const stop = keepDoing(...what);
  stops.push(stop);
  return stop;
};
const LONG_MS = 3_600_000;
const unexpected = (error: unknown) => expect.unreachable(String(error));

it('begins at once, and never makes two turns at a time, however long one takes', async () => {
  let [underWay, most, made] = [0, 0, 0];
  keep(
    async () => {
      most = Math.max(most, ++underWay);
      await sleep(15);
      underWay--;
      made++;
    },
    1,
    unexpected,
  );
  expect(underWay).toBe(1);
  await vi.waitFor(() => expect(made).toBeGreaterThanOrEqual(4), { timeout: 10_000 });
  expect(most).toBe(1);
});

it('rests between the end of a turn and the next', async () => {
  const times: { began: number; ended: number }[] = [];
  keep(
    async () => {
      const began = performance.now();
      await sleep(5);
      times.push({ began, ended: performance.now() });
    },
    40,
    unexpected,
  );
  await vi.waitFor(() => expect(times.length).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
  for (const [i, { began }] of times.entries()) if (i > 0) expect(began - times[i - 1]!.ended).toBeGreaterThan(35);
});

it('tells what a turn threw, and makes the next one all the same', async () => {
  const told: unknown[] = [];
  let made = 0;
  const faults = [new Error('of the database'), 'no error at all'];
  keep(
    () => {
      const fault = faults[made++];
      // The second one before it has given a promise.
      if (made === 2) throw fault;
      return fault === undefined ? Promise.resolve() : Promise.reject(fault);
    },
    1,
    (error) => told.push(error),
  );
  await vi.waitFor(() => expect(made).toBeGreaterThanOrEqual(4), { timeout: 10_000 });
  expect(told).toEqual(faults);
});

it('makes the next turn without a rest where one says that more is waiting, also where that one fails', async () => {
  const told = vi.fn();
  let made = 0;
  keep(
    async ({ again }) => {
      made++;
      if (made < 5) again();
      if (made === 2) throw new Error('of the database');
    },
    LONG_MS,
    told,
  );
  await vi.waitFor(() => expect(made).toBe(5), { timeout: 10_000 });
  await sleep(20);
  // What one turn said does not hold for another.
  expect(made).toBe(5);
  expect(told).toHaveBeenCalledOnce();
});

it('waits for the turn under way when it is stopped, and makes none after it', async () => {
  let [made, letGo] = [0, () => {}];
  const stop = keep(
    async ({ again }) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      made++;
      again();
    },
    1,
    unexpected,
  );
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await sleep(20);
  expect([stopped, made]).toEqual([false, 0]);
  letGo();
  await stopping;
  await sleep(20);
  expect(made).toBe(1);
});

it('tells the turn under way that it is to stop, and waits for one that then fails', async () => {
  const told = vi.fn();
  const stop = keep(({ signal }) => sleep(LONG_MS, undefined, { signal }), LONG_MS, told);
  await stop();
  expect(told).toHaveBeenCalledOnce();
});

it('does not wait for the end of a rest when it is stopped, and can be stopped twice', async () => {
  let made = 0;
  const stop = keep(async () => made++, LONG_MS, unexpected);
  await sleep(10);
  await Promise.all([stop(), stop()]);
  await stop();
  expect(made).toBe(1);
});

it('has no timer that keeps the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  // Nothing else has its turn meanwhile: promises alone are waited for.
  const settle = async () => {
    for (let i = 0; i < 20; i++) await null;
  };
  const before = timers();
  let made = 0;
  keep(async () => made++, LONG_MS, unexpected);
  await settle();
  expect([made, timers()]).toEqual([1, before]);
  // One that would is seen.
  const ending = new AbortController();
  const alive = sleep(LONG_MS, undefined, { signal: ending.signal }).catch(() => {});
  expect(timers()).toBe(before + 1);
  ending.abort();
  await alive;
});
