import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makePerson } from '@/lib/testing/make-person';
import { findLiveSession, isConfirmed, revokeSession, revokeSessionsOf, startSession } from './sessions';

const START = new Date('2026-11-20T08:00:00Z');
const at = (minutes: number, seconds = 0) => new Date(START.getTime() + minutes * 60_000 + seconds * 1000);

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

async function begin(): Promise<{ id: string; userId: string }> {
  const { id: userId } = await makePerson({});
  return { id: await startSession(prisma(), { userId, address: null, browser: null }, START), userId };
}
const lives = async (id: string, now: Date, background = false) => (await findLiveSession(id, { now, background })) !== null;

describe('a session', () => {
  it('ends after fifteen minutes without a request', async () => {
    const { id } = await begin();
    expect(await lives(id, at(14, 59), true)).toBe(true);
    expect(await lives(id, at(15))).toBe(false);
  });

  it('goes on while it is used, and ends twelve hours after it began all the same', async () => {
    const { id } = await begin();
    for (let minute = 10; minute < 720; minute += 10) expect(await lives(id, at(minute))).toBe(true);
    expect(await lives(id, at(719, 59))).toBe(true);
    expect(await lives(id, at(720))).toBe(false);
  });

  it('is not kept alive by what a page asks by itself', async () => {
    const { id } = await begin();
    expect(await lives(id, at(14), true)).toBe(true);
    expect(await lives(id, at(16), true)).toBe(false);
  });

  it('is over at the request after its revocation', async () => {
    const { id } = await begin();
    expect(await lives(id, at(1))).toBe(true);
    expect(await revokeSession(prisma(), id, at(1))).toBe(true);
    expect(await lives(id, at(1))).toBe(false);
  });

  it('is over at once when its person is disabled', async () => {
    const { id, userId } = await begin();
    await prisma().user.update({ where: { id: userId }, data: { disabled_at: at(1) } });
    expect(await lives(id, at(1))).toBe(false);
  });

  it('ends with all others of the person but the one that is excepted', async () => {
    const { id, userId } = await begin();
    const other = await startSession(prisma(), { userId, address: null, browser: null }, START);
    expect(await revokeSessionsOf(prisma(), userId, at(1), other)).toBe(1);
    expect([await lives(id, at(1)), await lives(other, at(1))]).toEqual([false, true]);
  });

  it('writes when it was last seen at most every thirty seconds', async () => {
    const { id } = await begin();
    const seen = async () => (await prisma().session.findUniqueOrThrow({ where: { id } })).last_seen_at.toISOString();
    await findLiveSession(id, { now: at(0, 29) });
    expect(await seen()).toBe(START.toISOString());
    await findLiveSession(id, { now: at(0, 30) });
    expect(await seen()).toBe(at(0, 30).toISOString());
  });

  it('counts as confirmed for five minutes', () => {
    expect(isConfirmed(START, at(4, 59))).toBe(true);
    expect(isConfirmed(START, at(5))).toBe(false);
    expect(isConfirmed(null, START)).toBe(false);
  });
});
