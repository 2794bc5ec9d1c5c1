import { beforeEach, expect, it } from 'vitest';
import { type ArchiveStore, StoreFault } from './archive-store';
import { describeStore, forgetStore, forgetStores } from './store-looks';

process.env.DATABASE_URL ??= 'postgresql://none.invalid/none';
process.env.AUTH_SECRET ??= 'test-secret-test-secret-test-secret-00';

let asked = 0;
const storeThat = (check: () => Promise<void>): ArchiveStore =>
  ({
    kind: 's3',
    place: 's3://looked-at',
    worm: true,
    check: () => {
      asked++;
      return check();
    },
  }) as unknown as ArchiveStore;
beforeEach(() => {
  asked = 0;
  forgetStores();
});

it('asks a store once, however many pages are looked at in the same minute', async () => {
  const store = storeThat(async () => {});
  for (let page = 0; page < 5; page++) expect(await describeStore(store)).toMatchObject({ fault: null });
  expect(asked).toBe(1);
});

it('keeps no page waiting for a store that does not answer, nor asks it again meanwhile', async () => {
  let answer = () => {};
  const store = storeThat(() => new Promise((resolve) => (answer = resolve)));
  const began = performance.now();
  for (let page = 0; page < 3; page++) expect((await describeStore(store, 50))!.fault).toMatch(/has not answered within 0\.05 seconds/);
  expect(performance.now() - began).toBeLessThan(1_000);
  answer();
  expect(await describeStore(store, 50)).toMatchObject({ fault: null });
  expect(asked).toBe(1);
});

it('says why a store will not do', async () => {
  expect(await describeStore(storeThat(() => Promise.reject(new StoreFault('unfit', 'There is no bucket.'))))).toMatchObject({
    fault: 'There is no bucket.',
  });
});

it('forgets what it said when somebody who asks it gets no answer', async () => {
  const store = storeThat(async () => {});
  await describeStore(store);
  forgetStore(store);
  await describeStore(store);
  expect(asked).toBe(2);
});
