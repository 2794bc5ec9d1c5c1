import { describe, expect, it } from 'vitest';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, openDrill } from '@/lib/testing/open-drill';
import { cut } from './attack-steps';
import { append, attack, makeSubject, type Subject, sign, verify } from './drill-world';

openDrill();

/** The end is gone, with every checkpoint that covered it; the signer goes on under another name. */
async function restored(): Promise<Subject> {
  const subject = await makeSubject(db);
  await attack(subject, async (c) => {
    await cut(c, subject, 800);
    await c.query('DELETE FROM checkpoints WHERE ledger_id = $1 AND size > 800', [subject.ledger.id]);
  });
  expect(await sign(subject)).toMatchObject({ kind: 'signed' });
  return subject;
}
const lineOf = (run: Awaited<ReturnType<typeof verify>>) => run.checks.find(({ name }) => name === 'incarnations');
const settle = ({ ledger }: Subject) =>
  asAdmin(db.adminUrl, (c) =>
    c.query(
      `UPDATE alarms SET ended_at = now(), ended_by = 'officer@example.org', reason = 'restored after a disk failed' WHERE ledger_id = $1 AND kind = 'new_incarnation'`,
      [ledger.id],
    ),
  );

describe('a ledger that goes on as a new incarnation', () => {
  it('is broken, at the last entry that was signed before, until a person has settled it; then it says so', async () => {
    const subject = await restored();
    const open = await verify(subject);
    expect(open.breaks.map(({ code, seq }) => `${code}@${seq}`)).toEqual(['tail_truncated@999']);
    expect(open.breaks[0].expected).toBe('1000 entries (signed last by incarnation 1)');
    expect(lineOf(open)?.outcome).toBe('failed');
    // It grows past what was signed before, with other entries: now that is what contradicts.
    await append(subject, 400);
    await sign(subject);
    const grown = await verify(subject);
    expect(grown.breaks.map(({ code, seq }) => `${code}@${seq}`)).toEqual(['checkpoint_inconsistent@999']);
    await settle(subject);
    const settled = await verify(subject);
    expect([settled.verdict, settled.breaks]).toEqual(['valid', []]);
    expect(lineOf(settled)).toMatchObject({ outcome: 'passed', say: expect.stringContaining('a person has settled it') });
  });

  it('is not settled by an alarm that ended by itself', async () => {
    const subject = await restored();
    await asAdmin(db.adminUrl, (c) => c.query(`UPDATE alarms SET ended_at = now() WHERE ledger_id = $1`, [subject.ledger.id]));
    expect((await verify(subject)).verdict).toBe('tampered');
  });
});
