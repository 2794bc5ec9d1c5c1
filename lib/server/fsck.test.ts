import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { countVolume } from '@/lib/ledger/count-volume';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { startApp, stopApp } from '@/lib/testing/run-app';
import { signCheckpoints, testSigner } from '@/lib/testing/sign-checkpoints';
import { agentRecord, rehash, tamper } from '@/lib/testing/tamper-ledger';
import { checkCounts } from '@/lib/verification/check-counts';
import { runningServer } from './embedded-postgres';

const state = path.resolve('.holdfast/test-fsck');
let db: TestDatabase;
beforeAll(async () => {
  rmSync(state, { recursive: true, force: true });
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(state, { recursive: true, force: true });
});

function fsck(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DATABASE_|HOLDFAST_|VITEST|NODE_OPTIONS|SIGNER)/.test(name)),
  );
  const variables: Record<string, string | undefined> = { ...inherited, HOLDFAST_STATE: state, ...env };
  const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/server/fsck.ts', ...args], {
    env: variables as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('npm run fsck', () => {
  it('ends with 0 on a sound ledger, 1 on a broken one with each break named, and makes tiles anew only where they alone are broken', async () => {
    const { main } = db.ledgers;
    await appendRecords(
      main,
      Array.from({ length: 600 }, () => agentRecord()),
    );
    await signCheckpoints(db, main, await testSigner(db, main), [300, 600]);
    const at = { DATABASE_URL: db.adminUrl };
    const sound = await fsck(at);
    expect([sound.code, sound.output]).toEqual([0, expect.stringContaining('600 entries')]);
    expect(sound.output).toMatch(/ok +roots .*each of 2 checkpoints/);
    expect(sound.output).toMatch(/– +signer_memory/);

    const forgeTile = 'UPDATE tree_tiles SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1) WHERE tile = 1';
    const forge = (work: (c: Parameters<Parameters<typeof tamper>[2]>[0]) => Promise<unknown>) =>
      tamper(db, main, async (c) => {
        await c.query('ALTER TABLE tree_tiles DISABLE TRIGGER USER');
        await work(c);
        await c.query('ALTER TABLE tree_tiles ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
      });
    await forge((c) => c.query(forgeTile));
    const broken = await fsck(at, '--ledger', 'main');
    expect([broken.code, broken.output]).toEqual([1, expect.stringContaining('#256 root_mismatch')]);
    const repaired = await fsck(at, '--ledger', 'main', '--repair-tiles');
    expect([repaired.code, repaired.output]).toEqual([0, expect.stringContaining('2 tiles were made anew')]);

    await forge(async (c) => {
      await c.query(forgeTile);
      await rehash(c, main, 590, 599);
      await c.query(`UPDATE records SET actor_id = 'x\u0007' WHERE ledger_id = ${main} AND seq = 3`);
    });
    const both = await fsck(at, '--repair-tiles');
    expect([both.code, both.output]).toEqual([1, expect.stringContaining('The tiles stay as they are')]);
    expect(both.output).toContain('actor_id: x\\u{7}');
  }, 120_000);

  it('counts anew what overviews count, ends with 1 where it differs, and makes it anew where it is asked to', async () => {
    const { main } = db.ledgers;
    await appendRecords(
      main,
      Array.from({ length: 50 }, () => agentRecord()),
    );
    while (!(await countVolume(main))?.caughtUp);
    // Beyond what is counted: not looked at.
    await appendRecords(
      main,
      Array.from({ length: 5 }, () => agentRecord()),
    );
    const counts = async () => {
      const { countedTo, apart } = await checkCounts(main);
      return { countedTo, apart };
    };
    const last = (await counts()).countedTo;
    expect(await counts()).toEqual({ countedTo: last, apart: 0 });
    const sql = (statement: string) => asAdmin(db.adminUrl, (c) => c.query(statement, [main]));
    const stored = await sql('SELECT day::text, action, count FROM volume_counts WHERE ledger_id = $1 ORDER BY 1, 2');
    for (const [forge, undo] of [
      [
        'UPDATE volume_counts SET count = count + 1 WHERE ledger_id = $1',
        'UPDATE volume_counts SET count = count - 1 WHERE ledger_id = $1',
      ],
      [
        "INSERT INTO volume_counts VALUES ($1, '2020-01-01', 'data_accessed', 1)",
        "DELETE FROM volume_counts WHERE ledger_id = $1 AND day = '2020-01-01'",
      ],
      [
        "INSERT INTO agent_counts (ledger_id, agent_name, conversations) VALUES ($1, 'nobody', 1)",
        "DELETE FROM agent_counts WHERE ledger_id = $1 AND agent_name = 'nobody'",
      ],
      [
        'UPDATE volume_progress SET counted_to = counted_to - 1 WHERE ledger_id = $1',
        'UPDATE volume_progress SET counted_to = counted_to + 1 WHERE ledger_id = $1',
      ],
    ]) {
      await sql(forge);
      expect((await counts()).apart, forge).toBeGreaterThan(0);
      await sql(undo);
      expect((await counts()).apart).toBe(0);
    }
    await sql('UPDATE volume_counts SET count = count + 7 WHERE ledger_id = $1');
    const at = { DATABASE_URL: db.adminUrl };
    const broken = await fsck(at);
    expect([broken.code, broken.output]).toEqual([1, expect.stringMatching(/BROKEN +counts .*differ/)]);
    const repaired = await fsck(at, '--repair-counts');
    expect(repaired.output).toContain('Counts were made anew');
    expect(repaired.output).toMatch(/ok +counts +Counts of overviews, up to position/);
    expect((await counts()).apart).toBe(0);
    const again = await sql('SELECT sum(count)::int AS n FROM volume_counts WHERE ledger_id = $1');
    expect(again.rows[0].n).toBe(stored.rows.reduce((total, { count }) => total + Number(count), 0) + 5);
  }, 120_000);

  it('ends with 2 where it could not check', async () => {
    expect(await fsck({})).toMatchObject({ code: 2, output: expect.stringContaining('there is no installation in') });
    expect(await fsck({ DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/none' })).toMatchObject({ code: 2 });
    expect(await fsck({ DATABASE_URL: db.adminUrl }, '--ledger', 'none')).toMatchObject({
      code: 2,
      output: expect.stringContaining('no ledger "none"'),
    });
    expect(await fsck({ DATABASE_URL: db.adminUrl }, '--faster')).toMatchObject({ code: 2 });
  }, 60_000);

  it('finds the embedded server running or stopped, and leaves it as it was', async () => {
    const app = await startApp({ stateDir: state, args: ['--empty'] });
    expect(await fsck({})).toMatchObject({ code: 0 });
    expect(runningServer(path.join(state, 'pg'))).toBeDefined();
    await stopApp(app);
    expect(runningServer(path.join(state, 'pg'))).toBeUndefined();
    expect(await fsck({})).toMatchObject({ code: 0, output: expect.stringContaining('access') });
    expect(runningServer(path.join(state, 'pg'))).toBeUndefined();
  }, 120_000);
});
