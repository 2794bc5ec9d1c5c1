import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { signCheckpoints, testSigner } from '@/lib/testing/sign-checkpoints';
import { type AnchorFacts, sayOld, sayUnwitnessed, watchAnchors } from './watch-anchors';

const FACTS: AnchorFacts = {
  everySeconds: 60,
  sinceSeconds: 1_000_000,
  ageSeconds: 30,
  alarmMinutes: 60,
  witnesses: 0,
  quorum: 1,
  witnessedSeconds: null,
  witnessEverySeconds: null,
};

describe('the newest anchor', () => {
  it('is old when it is older than was set, and not before', () => {
    expect(sayOld({ ...FACTS, ageSeconds: 3600 })).toBeNull();
    expect(sayOld({ ...FACTS, ageSeconds: 3601 })).toContain('60 minutes old');
    expect(sayOld({ ...FACTS, ageSeconds: 200_000 })).toContain('2 days old');
  });

  it('is not old as long as no place is asked so often', () => {
    expect(sayOld({ ...FACTS, everySeconds: 86_400, ageSeconds: 86_400 })).toBeNull();
    expect(sayOld({ ...FACTS, everySeconds: 86_400, ageSeconds: 86_500 })).not.toBeNull();
  });

  it('is missed where none was ever made, when there was time for one', () => {
    expect(sayOld({ ...FACTS, ageSeconds: null, sinceSeconds: 3600 })).toBeNull();
    expect(sayOld({ ...FACTS, ageSeconds: null, sinceSeconds: 3601 })).toContain('No checkpoint has ever reached');
    expect(sayOld({ ...FACTS, ageSeconds: 999_999, sinceSeconds: 10 })).toBeNull();
  });

  it('is nobody’s concern where no place is turned on', () => {
    expect(sayOld({ ...FACTS, everySeconds: null, ageSeconds: 999_999 })).toBeNull();
  });
});

describe('the quorum of witnesses', () => {
  const three = { ...FACTS, witnesses: 3, quorum: 2, witnessEverySeconds: 60, witnessedSeconds: 10 };

  it('is missed when no checkpoint has had it for as long as was set', () => {
    expect(sayUnwitnessed(three)).toBeNull();
    expect(sayUnwitnessed({ ...three, witnessedSeconds: 3601 })).toContain('2 of the 3 witnesses');
    expect(sayUnwitnessed({ ...three, witnessedSeconds: null, sinceSeconds: 3601 })).toContain('has been cosigned');
    expect(sayUnwitnessed({ ...three, witnessedSeconds: null, sinceSeconds: 100 })).toBeNull();
  });

  it('is missed at once where there are fewer witnesses than it asks for', () => {
    expect(sayUnwitnessed({ ...three, witnesses: 1 })).toContain('no checkpoint can be witnessed');
  });

  it('is nobody’s concern without witnesses', () => {
    expect(sayUnwitnessed({ ...three, witnesses: 0 })).toBeNull();
  });
});

describe('alarms of a ledger', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await freshDatabase();
    await signCheckpoints(db, db.ledgers.main, await testSigner(db, db.ledgers.main), [0, 0]);
  });
  afterAll(async () => {
    await closeDatabase();
    await db.drop();
  });
  const run = <T>(query: string, values: unknown[] = []): Promise<T[]> =>
    asAdmin(db.adminUrl, async (c) => (await c.query(query, values)).rows);
  const open = async () => {
    await watchAnchors(db.ledgers.main);
    const rows = await run<{ subject: string }>(
      `SELECT subject FROM alarms WHERE ended_at IS NULL AND kind = 'anchor_old' ORDER BY subject`,
    );
    return rows.map(({ subject }) => subject);
  };
  const target = (name: string, kind = 'witness') =>
    run<{ id: string }>(
      `INSERT INTO anchor_targets (ledger_id, kind, name, config, every_seconds, created_by, created_at) VALUES ($1, $2, $3, '{}', 60, 'a', now() - interval '2 h') RETURNING id`,
      [db.ledgers.main, kind, name],
    ).then(([{ id }]) => id);
  const anchor = (id: string, number: number, minutes: number, name = id, kind = 'witness') =>
    run(
      `INSERT INTO anchors (ledger_id, checkpoint_number, target_id, kind, target_name, anchored_at, evidence) VALUES ($1, $2, $3, $4, 'x', now() - $5 * interval '1 min', convert_to('— ' || $6 || ' c2ln', 'UTF8'))`,
      [db.ledgers.main, number, id, kind, minutes, name],
    );

  it('come and go with what they are about, and each is raised once', async () => {
    expect(await open()).toEqual([]);
    const [a, b] = [await target('a'), await target('b')];
    await run('INSERT INTO proof_settings (ledger_id, witness_quorum) VALUES ($1, 2)', [db.ledgers.main]);
    expect(await open()).toEqual(['', 'witnesses']);
    await anchor(a, 1, 90);
    await anchor(b, 1, 80);
    expect(await open()).toEqual(['', 'witnesses']);
    await anchor(a, 2, 1);
    expect(await open()).toEqual(['witnesses']);
    // The same witness, removed and added again, is one witness all the same.
    const again = await target('a again');
    await anchor(again, 2, 1, a);
    expect(await open()).toEqual(['witnesses']);
    await run(`UPDATE anchor_targets SET enabled = false WHERE id = $1`, [again]);
    await anchor(b, 2, 0);
    expect(await open()).toEqual([]);
    await run(`UPDATE anchor_targets SET enabled = false WHERE id = $1`, [b]);
    expect(await open()).toEqual(['witnesses']);
    await run(`UPDATE anchor_targets SET enabled = false`);
    expect(await open()).toEqual([]);
    expect(await run(`SELECT kind, subject FROM alarms WHERE kind = 'anchor_old' ORDER BY raised_at, subject`)).toHaveLength(3);
  });
});
