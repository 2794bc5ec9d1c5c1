import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { newApiKey } from './api-key-format';
import { insertKey, type NewKey, revokeKeyRow } from './api-keys';
import { authenticateKey, countAuthorization, forgetKey } from './authenticate-key';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

const NOW = Date.parse('2026-11-20T12:00:00Z');
function issue(over: Partial<NewKey> = {}) {
  const key = {
    ledgerId: db.ledgers.main,
    kind: 'ingest' as const,
    name: 'k',
    agentNames: ['a'],
    mayWriteUser: false,
    expiresAt: null,
    createdBy: null,
  };
  return insertKey(prisma(), { ...key, ...over });
}

describe('a key', () => {
  it('is known by its secret, with the ledger and the agents that it is bound to', async () => {
    const { row, secret } = await issue({ agentNames: ['claims', 'triage'], mayWriteUser: true });
    expect(await authenticateKey(`Bearer ${secret}`, NOW)).toMatchObject({
      keyId: row.id,
      ledgerId: db.ledgers.main,
      kind: 'ingest',
      agentNames: ['claims', 'triage'],
      mayWriteUser: true,
    });
  });

  it('that is malformed, mistyped or sent in another way is nobody, without a question to the database', async () => {
    const { secret } = await issue();
    const asked = vi.spyOn(pool('ingest'), 'query');
    const mistyped = secret.slice(0, 20) + (secret[20] === 'x' ? 'y' : 'x') + secret.slice(21);
    const wrong = [
      null,
      undefined,
      '',
      secret,
      `Basic ${secret}`,
      `Bearer ${mistyped}`,
      `Bearer ${secret}, Bearer ${secret}`,
      `Bearer ${secret} `,
      `Bearer %68f_${secret.slice(3)}`,
      'Bearer %zz',
    ];
    for (const header of wrong) expect(await authenticateKey(header, NOW)).toBeNull();
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('that nobody issued, and one that has expired, are answered alike', async () => {
    const expiring = await issue({ expiresAt: new Date(NOW) });
    expect(await authenticateKey(`Bearer ${newApiKey('live')}`, NOW)).toBeNull();
    expect(await authenticateKey(`Bearer ${expiring.secret}`, NOW - 1)).not.toBeNull();
    expect(await authenticateKey(`Bearer ${expiring.secret}`, NOW)).toBeNull();
  });

  it('ends at once where it is revoked, and within five seconds elsewhere', async () => {
    const { row, secret } = await issue();
    const header = `Bearer ${secret}`;
    expect(await authenticateKey(header, NOW)).not.toBeNull();
    await revokeKeyRow(prisma(), row.id, new Date(NOW));
    expect(await authenticateKey(header, NOW + 4_999)).not.toBeNull();
    expect(await authenticateKey(header, NOW + 5_000)).toBeNull();

    const second = await issue();
    expect(await authenticateKey(`Bearer ${second.secret}`, NOW)).not.toBeNull();
    await revokeKeyRow(prisma(), second.row.id, new Date(NOW));
    forgetKey(second.row.id);
    expect(await authenticateKey(`Bearer ${second.secret}`, NOW)).toBeNull();
  });

  it('is asked of the database once, however many requests come with it', async () => {
    const { secret } = await issue();
    const asked = vi.spyOn(pool('ingest'), 'query');
    await Promise.all(Array.from({ length: 50 }, () => authenticateKey(`Bearer ${secret}`, NOW)));
    await authenticateKey(`Bearer ${secret}`, NOW + 1000);
    const questions = asked.mock.calls.filter(([sql]) => String(sql).includes('SELECT'));
    expect(questions).toHaveLength(1);
    asked.mockRestore();
  });

  it('cannot be recovered from the database', async () => {
    const { secret } = await issue();
    const dump = await asAdmin(db.adminUrl, async (c) =>
      JSON.stringify((await c.query('SELECT k::text, secret_hash::text FROM api_keys k')).rows),
    );
    expect(dump).not.toContain(secret.slice(12));
    expect(dump).not.toContain(Buffer.from(secret.slice(12)).toString('hex'));
  });

  it('notes its use beside the request, once a minute', async () => {
    const { row, secret } = await issue();
    const used = async () => (await prisma().apiKey.findUniqueOrThrow({ where: { id: row.id } })).last_used_at?.getTime() ?? null;
    await authenticateKey(`Bearer ${secret}`, NOW);
    await expect.poll(used).toBe(NOW);
    await authenticateKey(`Bearer ${secret}`, NOW + 59_999);
    await authenticateKey(`Bearer ${secret}`, NOW + 60_000);
    await expect.poll(used).toBe(NOW + 60_000);
  });

  it('in two Authorization headers is counted as two', () => {
    expect(countAuthorization(['Authorization', 'a', 'Host', 'x', 'AUTHORIZATION', 'b'])).toBe(2);
  });
});
