import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNote, signatureLine } from '@/lib/chain/signed-note';
import { closeDatabase, pool } from '@/lib/db';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { newestCheckpoint, newestCheckpointOf } from './read-checkpoints';
import type { Db } from './read-tree';

const EACH = 30_000;
const SIGNATURE = Uint8Array.from({ length: 76 }, (_, i) => i);

let db: TestDatabase;
let ledger: number;
beforeAll(async () => {
  db = await freshDatabase();
  ledger = db.ledgers.main;
  const text = (origin: string) => `${origin}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`;
  await asAdmin(db.adminUrl, async (c) => {
    for (const number of [1, 2, 3]) {
      const origin = `log.example/${number}`;
      await c.query("INSERT INTO incarnations (ledger_id, number, origin, size, root) VALUES ($1, $2, $3, 0, sha256(''))", [
        ledger,
        number,
        origin,
      ]);
      if (number === 3) continue;
      await c.query(
        `INSERT INTO checkpoints (ledger_id, number, incarnation, size, root, note, signed_at)
         SELECT $1, n, $2, 0, sha256(''), $3, now() FROM generate_series($4::bigint, $5::bigint) AS n`,
        [
          ledger,
          number,
          Buffer.from(formatNote(text(origin), [{ name: origin, keyId: 1, signature: SIGNATURE }])),
          (number - 1) * EACH + 1,
          number * EACH,
        ],
      );
    }
    await c.query('ANALYZE checkpoints');
  });
}, 120_000);
afterAll(async () => {
  await closeDatabase();
  await db.drop();
});

describe('the last checkpoint of an incarnation', () => {
  it.each([
    ['that has ended long ago', 1, String(EACH)],
    ['that is the present one', 2, String(2 * EACH)],
    ['without one', 3, undefined],
    ['that there never was', 999_999, undefined],
  ])('%s is found by a few pages, however many there are', async (_, incarnation, number) => {
    let buffers = 0;
    const explaining = {
      async query(text: string, values: unknown[]) {
        const { rows } = await pool('screens').query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, values);
        const plan = rows[0]['QUERY PLAN'][0].Plan;
        buffers += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
        return pool('screens').query(text, values);
      },
    } as unknown as Db;
    expect((await newestCheckpointOf(ledger, incarnation, explaining))?.number).toBe(number);
    expect(buffers).toBeLessThan(50);
  });
});

describe('a checkpoint is witnessed', () => {
  it('by as many witnesses as the ledger asks for, each counted once by its name, however often it was added', async () => {
    const line = (name: string) => Buffer.from(signatureLine({ name, keyId: 7, signature: SIGNATURE }));
    const target = async (name: string) =>
      asAdmin(
        db.adminUrl,
        async (c) =>
          (
            await c.query(
              `INSERT INTO anchor_targets (ledger_id, kind, name, config, every_seconds, created_by) VALUES ($1, 'witness', $2, '{}', 60, 'a') RETURNING id`,
              [ledger, name],
            )
          ).rows[0].id as string,
      );
    const cosign = async (name: string, evidence: Buffer) =>
      asAdmin(db.adminUrl, async (c) =>
        c.query(
          `INSERT INTO anchors (ledger_id, checkpoint_number, target_id, kind, target_name, anchored_at, evidence) VALUES ($1, $2, $3, 'witness', $4, now(), $5)`,
          [ledger, 2 * EACH, await target(`${name} ${randomUUID()}`), name, evidence],
        ),
      );
    const witnessed = async () => (await newestCheckpoint(ledger))?.witnessed;
    await asAdmin(db.adminUrl, (c) => c.query('INSERT INTO proof_settings (ledger_id, witness_quorum) VALUES ($1, 2)', [ledger]));
    await cosign('one', line('witness.example/one'));
    await cosign('one, added again', line('witness.example/one'));
    await cosign('one, with two keys', Buffer.concat([line('witness.example/one'), line('witness.example/one')]));
    await cosign('nonsense', Buffer.from('no line'));
    expect(await witnessed()).toBe(false);
    await cosign('two', line('witness.example/two'));
    expect(await witnessed()).toBe(true);
  });
});
