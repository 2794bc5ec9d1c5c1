import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, isBusy, pool, prisma } from '@/lib/db';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { refusalResponse } from './route';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

const failed = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

it('whoever finds no connection free is told to ask again, and that nothing was done; a transaction that ran out is no such thing', {
  timeout: 60_000,
}, async () => {
  let free: () => void = () => {};
  const until = new Promise<void>((resolve) => {
    free = resolve;
  });
  let there = 0;
  const held = Array.from({ length: 8 }, () =>
    prisma().$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1`;
        there++;
        await until;
      },
      { timeout: 50_000 },
    ),
  );
  const clients = await Promise.all(Array.from({ length: 4 }, () => pool('verification').connect()));
  try {
    await expect.poll(() => there).toBe(8);
    const asked = [
      await failed(prisma().$transaction(async (tx) => tx.$queryRaw`SELECT 1`, { maxWait: 100 })),
      await failed(pool('verification').query('SELECT 1')),
    ];
    for (const error of asked) {
      expect([error, isBusy(error)]).toEqual([error, true]);
      const answer = refusalResponse(error, 'r');
      expect([answer.status, answer.headers.get('retry-after'), (await answer.json()).code]).toEqual([503, '1', 'busy']);
    }
  } finally {
    free();
    for (const client of clients) client.release();
    await Promise.all(held);
  }
  const late = await failed(
    prisma().$transaction(
      async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await tx.$queryRaw`SELECT 1`;
      },
      { timeout: 50 },
    ),
  );
  expect([(late as { code: string }).code, isBusy(late)]).toEqual(['P2028', false]);
});
