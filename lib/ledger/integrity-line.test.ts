import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { findLedger, type LedgerRow } from './find-ledger';
import { readIntegrityLine } from './read-verifications';

let db: TestDatabase;
let ledger: LedgerRow;
beforeAll(async () => {
  db = await freshDatabase();
  ledger = (await findLedger('main'))!;
});
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});
beforeEach(() =>
  asAdmin(db.adminUrl, async (c) => void (await c.query('DELETE FROM verification_breaks; DELETE FROM verifications; DELETE FROM jobs'))),
);

/** A finished run, asked for at that minute; a broken one has its first break at #7. */
async function ran(minute: number, scope: 'ledger' | 'conversation', verdict: string): Promise<void> {
  const id = randomUUID();
  const at = new Date(Date.UTC(2026, 10, 21, 0, minute));
  await prisma().job.create({
    data: { id, kind: 'verification', ledger_id: ledger.id, params: {}, requested_by: 'test', requested_at: at },
  });
  await prisma().verification.create({
    data: {
      id,
      ledger_id: ledger.id,
      scope_kind: scope,
      conversation_id: scope === 'conversation' ? 'c' : null,
      verdict,
      head_seq: 9n,
      requested_at: at,
    },
  });
  if (verdict !== 'tampered') return;
  await prisma().verificationBreak.create({
    data: { verification_id: id, ordinal: 0, seq: 7n, code: 'body_altered', expected: 'a', found: 'b' },
  });
}
const state = async () => (await readIntegrityLine(prisma(), ledger, 9n)).state;

it('a break found in one conversation turns the line red, also after the whole was found sound', async () => {
  await ran(1, 'ledger', 'valid');
  expect(await state()).toBe('verified');
  await ran(2, 'conversation', 'tampered');
  expect(await readIntegrityLine(prisma(), ledger, 9n)).toMatchObject({ state: 'broken', broken_at: '7' });
});

it('only a later run over the whole ledger clears it', async () => {
  await ran(1, 'conversation', 'tampered');
  await ran(2, 'conversation', 'valid');
  expect(await state()).toBe('broken');
  await ran(3, 'ledger', 'valid');
  expect(await state()).toBe('verified');
});

it('a run that could not tell settles nothing', async () => {
  await ran(1, 'ledger', 'tampered');
  await ran(2, 'ledger', 'cannot_verify');
  expect(await state()).toBe('broken');
});
