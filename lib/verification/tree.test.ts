import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNote, parseNote } from '@/lib/chain/signed-note';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { signCheckpoints, signNote, testSigner } from '@/lib/testing/sign-checkpoints';
import { agentRecord, emptyLedger, places, rehash, tamper, verify } from '@/lib/testing/tamper-ledger';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

async function grown(entries: number, ledger?: number): Promise<number> {
  const id = ledger ?? (await emptyLedger(db));
  for (let left = entries; left > 0; left -= 1000)
    await appendRecords(
      id,
      Array.from({ length: Math.min(1000, left) }, (_, i) => agentRecord({ conversation_id: `c-${i % 40}` })),
    );
  return id;
}
/** Another classification in a body, and every hash from there on made anew. */
async function rehashFrom(c: Parameters<typeof rehash>[0], ledger: number, seq: number): Promise<void> {
  await c.query(
    `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), '"restricted"', '"internal"'), 'UTF8') WHERE ledger_id = ${ledger} AND seq = ${seq}`,
  );
  const { rows } = await c.query<{ last: string }>(`SELECT max(seq) AS last FROM entries WHERE ledger_id = ${ledger}`);
  await rehash(c, ledger, seq, Number(rows[0].last));
}
const outcome = (run: Awaited<ReturnType<typeof verify>>, name: string) => run.checks.find((check) => check.name === name);
/** As a superuser who switches off the triggers of the tables about proofs. */
const forge = (ledger: number, statement: string, values: unknown[] = []) =>
  tamper(db, ledger, async (c) => {
    for (const table of ['tree_tiles', 'checkpoints', 'incarnations']) await c.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await c.query(statement, values);
    for (const table of ['tree_tiles', 'checkpoints', 'incarnations'])
      await c.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement`);
  });

describe('a run over a ledger with checkpoints', () => {
  it('computes the root of each anew, verifies each signature, compares each tile, and says what it did not look at', async () => {
    const ledger = await grown(700);
    const signer = await testSigner(db, ledger);
    const sizes = [0, 1, 2, 255, 256, 256, 257, 500, 511, 512, 513, 700];
    await signCheckpoints(db, ledger, signer, sizes);
    await grown(30, ledger);
    const run = await verify(ledger);
    expect([places(run), run.verdict, run.checkpoint_number, run.checkpoints_checked]).toEqual([[], 'valid', '12', 12]);
    expect(outcome(run, 'tiles')).toMatchObject({ outcome: 'passed', say: '2 tiles of the tree against the entries.' });
    expect(outcome(run, 'roots')).toMatchObject({ outcome: 'passed' });
    expect(outcome(run, 'roots')?.say).toContain('each of 11 checkpoints');
    expect(outcome(run, 'ml_dsa')).toMatchObject({ outcome: 'passed', say: 'ML-DSA-44 signatures of all 12.' });
    for (const name of ['keys', 'signer_memory', 'anchors']) expect(outcome(run, name)?.outcome).toBe('not_checked');
    for (const [from, to, ends] of [
      [0, 0, 1],
      [255, 300, 3],
      [300, 729, 5],
      [513, 600, 0],
    ]) {
      const range = await verify(ledger, { kind: 'range', from: String(from), to: String(to) });
      expect([places(range), range.verdict, range.checkpoints_checked]).toEqual([[], 'valid', ends]);
      expect(outcome(range, 'roots')?.outcome).toBe(ends > 0 ? 'passed' : 'not_checked');
    }
  });

  it('keeps no false alarm over thousands of checkpoints, and names what of them it left unchecked', async () => {
    const ledger = await grown(1500);
    const signer = await testSigner(db, ledger);
    const sizes = Array.from({ length: 2600 }, (_, i) => Math.floor(i / 2) + 100);
    await signCheckpoints(db, ledger, signer, sizes, (i) => (i + 1) % 41 !== 0 && i !== 2599);
    const run = await verify(ledger);
    expect([places(run), run.verdict, run.checkpoints_checked]).toEqual([[], 'valid', 2600]);
    expect(outcome(run, 'ml_dsa')).toEqual({
      name: 'ml_dsa',
      outcome: 'not_checked',
      say: 'ML-DSA-44 signatures of 64 were checked, the newest among them; those of 2,536 were not.',
    });
  });
});

describe('an administrator who rewrites behind checkpoints', () => {
  const signed = async () => {
    const ledger = await grown(600);
    const signer = await testSigner(db, ledger);
    await signCheckpoints(db, ledger, signer, [10, 300, 590, 590]);
    return { ledger, signer };
  };

  it('everything with hashes computed anew is found at the first entry that its tiles tell, and at the first checkpoint behind it', async () => {
    const { ledger } = await signed();
    await tamper(db, ledger, async (c) => {
      await c.query(`UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), 'restricted', 'restrictee'), 'UTF8'), classification = NULL
        WHERE ledger_id = ${ledger} AND seq = 200`);
      await rehash(c, ledger, 200, 599);
    });
    const run = await verify(ledger);
    expect(run.verdict).toBe('tampered');
    expect(places(run).filter((place) => !place.startsWith('projection'))).toEqual([
      'root_mismatch@200',
      'root_mismatch@256',
      'root_mismatch@299',
    ]);
    expect(run.breaks.at(-1)?.expected).toMatch(/^[0-9a-f]{64} \(checkpoint 2 over 300 entries; 3 checkpoints up to 590 entries\)$/);
    // Also where the tiles were made to agree.
    await forge(ledger, `DELETE FROM tree_tiles WHERE ledger_id = ${ledger}`);
    expect(places(await verify(ledger)).filter((place) => place.startsWith('root'))).toEqual([
      'root_mismatch@0',
      'root_mismatch@256',
      'root_mismatch@299',
    ]);
    expect(outcome(await verify(ledger, { kind: 'range', from: '250', to: '400' }), 'roots')?.outcome).toBe('failed');
  });

  it('the end away is found against checkpoints that nobody had verified before', async () => {
    const { ledger } = await signed();
    const cut = (from: number) =>
      tamper(db, ledger, async (c) => {
        for (const table of ['entries', 'records']) await c.query(`DELETE FROM ${table} WHERE ledger_id = ${ledger} AND seq >= ${from}`);
        await c.query(`DELETE FROM conversations WHERE ledger_id = ${ledger}`);
      });
    await cut(400);
    const run = await verify(ledger);
    const cutOff = run.breaks.filter((found) => found.code === 'tail_truncated');
    expect(cutOff).toMatchObject([
      { seq: '589', expected: '590 entries (checkpoint 3; 2 checkpoints cover more than there is)', found: 'the ledger ends at 399' },
    ]);
    await cut(0);
    expect((await verify(ledger)).breaks.filter((found) => found.code === 'tail_truncated').map((found) => found.seq)).toContain('589');
  });

  it('an entry away is found as a gap, and the tree behind it is compared all the same', async () => {
    const { ledger } = await signed();
    await tamper(db, ledger, async (c) => {
      for (const table of ['entries', 'records']) await c.query(`DELETE FROM ${table} WHERE ledger_id = ${ledger} AND seq = 100`);
    });
    const run = await verify(ledger);
    expect(places(run).filter((place) => !place.startsWith('conversation') && !place.startsWith('projection'))).toEqual([
      'sequence_gap@100',
    ]);
    expect(outcome(run, 'roots')?.outcome).toBe('passed');
  });

  it.each([
    [
      'a hash of a tile',
      `UPDATE tree_tiles SET hashes = set_byte(hashes, 32 * 7 + 3, get_byte(hashes, 32 * 7 + 3) # 1) WHERE tile = 1`,
      'root_mismatch@263',
    ],
    ['the root of a tile', `UPDATE tree_tiles SET root = sha256(root) WHERE tile = 1`, 'root_mismatch@256'],
    ['a tile away', `DELETE FROM tree_tiles WHERE tile = 0`, 'root_mismatch@0'],
  ])('%s is found at its place', async (_, statement, place) => {
    const { ledger } = await signed();
    await forge(ledger, `${statement} AND ledger_id = ${ledger}`);
    expect(places(await verify(ledger))).toEqual([place]);
  });

  it.each([
    ['its row’s root', `root = sha256(root)`, ['checkpoint_signature_invalid@299', 'root_mismatch@299']],
    ['its row’s size', `size = 301`, ['checkpoint_signature_invalid@300', 'root_mismatch@300']],
    [
      'its row’s time',
      `signed_at = signed_at + interval '10 seconds'`,
      ['checkpoint_signature_invalid@299', 'checkpoint_inconsistent@589'],
    ],
    ['a byte of its note', `note = set_byte(note, 60, get_byte(note, 60) # 1)`, ['checkpoint_signature_invalid@299']],
    ['its note away', `note = ''`, ['checkpoint_signature_invalid@299']],
  ])('a checkpoint in %s is found', async (_, change, expected) => {
    const { ledger } = await signed();
    await forge(ledger, `UPDATE checkpoints SET ${change} WHERE ledger_id = ${ledger} AND number = 2`);
    const found = places(await verify(ledger));
    expect(new Set(found)).toEqual(new Set(expected));
  });

  it.each([
    ['Ed25519', 0],
    ['ML-DSA-44', 1],
  ])('one bit of the %s signature alone is found', async (kind, line) => {
    const { ledger } = await signed();
    const { rows } = await asAdmin(db.adminUrl, (c) =>
      c.query('SELECT note FROM checkpoints WHERE ledger_id = $1 AND number = 4', [ledger]),
    );
    const note = parseNote(rows[0].note);
    note.signatures[line].signature[40] ^= 1;
    await forge(ledger, `UPDATE checkpoints SET note = $1 WHERE ledger_id = ${ledger} AND number = 4`, [
      Buffer.from(formatNote(note.text, note.signatures)),
    ]);
    const run = await verify(ledger);
    expect(places(run)).toEqual(['checkpoint_signature_invalid@589']);
    expect(run.breaks[0].expected).toBe(`checkpoint 4: an ${kind} signature by the ledger’s key`);
  });

  it('a checkpoint away, in the middle or, after a run, at the end, is found', async () => {
    const { ledger } = await signed();
    expect((await verify(ledger)).verdict).toBe('valid');
    await forge(ledger, `DELETE FROM checkpoints WHERE ledger_id = ${ledger} AND number = 2`);
    const run = await verify(ledger);
    expect([places(run), run.breaks[0].expected]).toEqual([['checkpoint_inconsistent@589'], 'checkpoint 2']);
    await forge(ledger, `DELETE FROM checkpoints WHERE ledger_id = ${ledger}`);
    expect(places(await verify(ledger))).toEqual(['checkpoint_inconsistent@0']);
  });

  it('a checkpoint of his own, by another key, is found', async () => {
    const { ledger, signer } = await signed();
    const other = { ...signer, ...(await testSigner(db, ledger, 2)), origin: signer.origin };
    const note = signNote(other, 600n, new Uint8Array(32), new Date());
    await forge(
      ledger,
      `INSERT INTO checkpoints (ledger_id, number, incarnation, size, root, note, signed_at) VALUES (${ledger}, 5, 1, 600, $1, $2, now())`,
      [Buffer.alloc(32), Buffer.from(note)],
    );
    // At 0: the incarnation that he began has ended no keys of the one before.
    expect(new Set(places(await verify(ledger)))).toEqual(
      new Set(['checkpoint_signature_invalid@599', 'checkpoint_inconsistent@599', 'checkpoint_signature_invalid@0']),
    );
  });
});

describe('a run over a conversation', () => {
  it('proves each record under the newest checkpoint, and says which are newer', async () => {
    const ledger = await grown(600);
    const scope = { kind: 'conversation', conversation_id: 'c-3' } as const;
    expect(outcome(await verify(ledger, scope), 'inclusion')?.outcome).toBe('not_checked');
    await signCheckpoints(db, ledger, await testSigner(db, ledger), [600]);
    await grown(40, ledger);
    const run = await verify(ledger, scope);
    expect([places(run), run.verdict, run.checkpoint_number]).toEqual([[], 'valid', '1']);
    expect(outcome(run, 'inclusion')).toMatchObject({
      outcome: 'passed',
      say: '15 of 16 records proven under checkpoint 1; 1 of them is newer than it.',
    });
    expect(outcome(run, 'checkpoints')?.outcome).toBe('passed');
    // Hashed anew to the end, the chain agrees with itself; no path leads to what was signed.
    await tamper(db, ledger, (c) => rehashFrom(c, ledger, 583));
    const found = await verify(ledger, scope);
    expect(places(found)).toEqual(Array.from({ length: 15 }, (_, i) => `root_mismatch@${3 + 40 * i}`));
    expect(outcome(found, 'inclusion')?.outcome).toBe('failed');
    await forge(ledger, `DELETE FROM tree_tiles WHERE ledger_id = ${ledger} AND tile = 0`);
    expect(outcome(await verify(ledger, scope), 'inclusion')?.outcome).toBe('failed');
  });
});

describe('over the end of a chunk', () => {
  it('roots around 65,536 entries are those that were signed, in whole and in part', async () => {
    const ledger = await grown(66_100);
    const signer = await testSigner(db, ledger);
    await signCheckpoints(db, ledger, signer, [65_535, 65_536, 65_537, 66_000]);
    const run = await verify(ledger);
    expect([places(run), run.verdict, run.checkpoints_checked]).toEqual([[], 'valid', 4]);
    expect(outcome(run, 'tiles')?.say).toBe('258 tiles of the tree against the entries.');
    const range = await verify(ledger, { kind: 'range', from: '65700', to: '66099' });
    expect([places(range), outcome(range, 'roots')?.outcome]).toEqual([[], 'passed']);
    await forge(
      ledger,
      `UPDATE tree_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE ledger_id = ${ledger} AND level = 1`,
    );
    expect(places(await verify(ledger))).toEqual(['root_mismatch@0']);
    await asAdmin(db.adminUrl, (c) => c.query('SELECT 1'));
  }, 120_000);
});
