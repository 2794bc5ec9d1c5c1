import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import { openSigner } from '@/lib/proofs/open-signer';
import { beginRotation, finishRotation } from '@/lib/signer/keep-keys';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, dir, openDrill } from '@/lib/testing/open-drill';
import { cut } from './attack-steps';
import { append, attack, makeSubject, type Subject, sign, verify } from './drill-world';

openDrill();

/** 1,000 entries; then a rotation at 1,010, and one at 1,020. */
async function rotated(): Promise<Subject> {
  const subject = await makeSubject(db);
  for (let i = 0; i < 2; i++) {
    beginRotation(path.join(dir, 'keys.json'));
    subject.signer = openSigner()!;
    await append(subject, 10);
    expect(await sign(subject)).toMatchObject({ kind: 'signed' });
    finishRotation(path.join(dir, 'keys.json'));
    subject.signer = openSigner()!;
  }
  return subject;
}
/** Two later incarnations, settled. */
async function ended(): Promise<Subject> {
  const subject = await makeSubject(db);
  for (const size of [900, 800]) {
    await attack(subject, (c) => cut(c, subject, size));
    expect(await sign(subject)).toMatchObject({ kind: 'signed', size: BigInt(size) });
  }
  await asAdmin(db.adminUrl, (c) =>
    c.query(`UPDATE alarms SET ended_at = now(), ended_by = 'o', reason = 'restored' WHERE ledger_id = $1`, [subject.ledger.id]),
  );
  return subject;
}
const line = (run: Awaited<ReturnType<typeof verify>>, name: string) => run.checks.find((check) => check.name === name);
const codes = (run: Awaited<ReturnType<typeof verify>>) => [...new Set(run.breaks.map(({ code }) => code))];
const RESTORE = {
  signer_keys: ['DELETE FROM signer_keys WHERE ledger_id = $L', 'INSERT INTO signer_keys SELECT * FROM before'],
  incarnations: [
    `UPDATE incarnations i SET (size, root, previous_size, previous_root, statement) = (b.size, b.root, b.previous_size, b.previous_root, b.statement)
       FROM before b WHERE i.ledger_id = $L AND b.number = i.number`,
  ],
};
/** What a run says of the ledger after the attack, which is undone. */
async function runAfter(subject: Subject, table: keyof typeof RESTORE, change: string): Promise<Awaited<ReturnType<typeof verify>>> {
  const sql = (text: string) => text.replaceAll('$L', String(subject.ledger.id));
  await attack(subject, async (c) => {
    await c.query(sql(`CREATE TABLE before AS SELECT * FROM ${table} WHERE ledger_id = $L`));
    await c.query(sql(change));
  });
  const run = await verify(subject);
  await attack(subject, async (c) => {
    for (const statement of [...RESTORE[table], 'DROP TABLE before']) await c.query(sql(statement));
  });
  return run;
}

describe('the sizes for which a key counts', () => {
  it('are those that the access ledger tells: a stolen key that was retired does not count again, and none counts that was never in use', async () => {
    const subject = await rotated();
    const sound = await verify(subject);
    expect([sound.verdict, line(sound, 'keys')]).toMatchObject([
      'valid',
      { outcome: 'passed', say: expect.stringContaining('2 rotations') },
    ]);
    const first = "ledger_id = $L AND from_size = 0 AND kind = 'ed25519'";
    for (const change of [
      `UPDATE signer_keys SET to_size = 9223372036854775806 WHERE ${first}`,
      `UPDATE signer_keys SET to_size = NULL WHERE ${first}`,
      `UPDATE signer_keys SET to_size = 1005 WHERE ${first}`,
      'UPDATE signer_keys SET from_size = 0 WHERE ledger_id = $L AND to_size IS NULL',
      `UPDATE signer_keys SET to_size = to_size + 1 WHERE ledger_id = $L AND from_size = 0 AND kind = 'ml-dsa-44'`,
      // One of his own, and one that is none.
      ...[formatVerifierKey(makeVerifierKey(subject.ledger.origin, 1, Uint8Array.from(randomBytes(32)))), 'no key'].map(
        (vkey) =>
          `INSERT INTO signer_keys SELECT ledger_id, incarnation, '${vkey}', kind, 0, 9223372036854775806 FROM signer_keys WHERE ${first}`,
      ),
      `DELETE FROM signer_keys WHERE ${first}`,
    ]) {
      const run = await runAfter(subject, 'signer_keys', change);
      expect([change, line(run, 'keys')?.outcome, codes(run)]).toEqual([change, 'failed', ['checkpoint_signature_invalid']]);
    }
    expect((await verify(subject)).verdict).toBe('valid');
  }, 60_000);

  it('end with the incarnation, where the access ledger says', async () => {
    const subject = await ended();
    expect((await verify(subject)).verdict).toBe('valid');
    for (const change of [
      'UPDATE signer_keys SET to_size = 5000 WHERE ledger_id = $L AND incarnation = 1',
      'UPDATE signer_keys SET to_size = NULL WHERE ledger_id = $L AND incarnation = 2',
      'UPDATE signer_keys SET to_size = 5000 WHERE ledger_id = $L AND incarnation = 3',
    ]) {
      const run = await runAfter(subject, 'signer_keys', change);
      expect([change, line(run, 'keys')?.outcome, run.verdict]).toEqual([change, 'failed', 'tampered']);
    }
  }, 60_000);
});

describe('what was signed at the beginning of an incarnation', () => {
  it('is what the database says of it: rows that make the older claim smaller are found by the statement', async () => {
    const subject = await ended();
    expect(line(await verify(subject), 'incarnations')?.outcome).toBe('passed');
    for (const [change, code] of [
      ['UPDATE incarnations SET previous_size = 900 WHERE ledger_id = $L AND number = 2', 'checkpoint_inconsistent'],
      ["UPDATE incarnations SET previous_root = sha256('x') WHERE ledger_id = $L AND number = 3", 'checkpoint_inconsistent'],
      ['UPDATE incarnations SET size = 1 WHERE ledger_id = $L AND number = 3', 'checkpoint_inconsistent'],
      ["UPDATE incarnations SET root = sha256('x') WHERE ledger_id = $L AND number = 2", 'checkpoint_inconsistent'],
      ['UPDATE incarnations SET statement = NULL WHERE ledger_id = $L AND number = 2', 'checkpoint_signature_invalid'],
      [
        'UPDATE incarnations SET statement = set_byte(statement, length(statement) - 20, 65 + get_byte(statement, length(statement) - 20) % 7) WHERE ledger_id = $L AND number = 2',
        'checkpoint_signature_invalid',
      ],
      [
        'UPDATE incarnations i SET statement = o.statement FROM incarnations o WHERE i.ledger_id = $L AND i.number = 2 AND o.ledger_id = $L AND o.number = 3',
        'checkpoint_signature_invalid',
      ],
    ]) {
      const run = await runAfter(subject, 'incarnations', change);
      expect([change, line(run, 'incarnations')?.outcome]).toEqual([change, 'failed']);
      expect(codes(run)).toContain(code);
    }
  }, 60_000);
});
