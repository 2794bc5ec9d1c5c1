import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestContext } from '@/lib/auth/request-context';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { POST } from './route';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

/** The platform hands on the first of several headers; the listener knows them all. */
const post = (rawHeaders: string[]) =>
  requestContext.run({ response: { req: { rawHeaders, socket: {} } } } as never, () =>
    POST(
      new Request('http://127.0.0.1/api/v1/records', {
        method: 'POST',
        headers: { authorization: 'Bearer hf_live_x', 'content-type': 'application/json' },
        body: '{}',
      }),
    ),
  );

it('refuses two Authorization headers by whichever spelling of the address they come', async () => {
  expect((await post(['Authorization', 'Bearer hf_live_x', 'authorization', 'Bearer other'])).status).toBe(400);
  expect((await post(['Authorization', 'Bearer hf_live_x'])).status).toBe(401);
});
