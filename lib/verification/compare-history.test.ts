import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveInclusion } from '@/lib/chain/tiles';
import { formatTlogProof } from '@/lib/chain/tlog-proof';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { dbTiles } from '@/lib/ledger/read-tree';
import { sealTree } from '@/lib/ledger/seal-tree';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { signCheckpoints, signNote, type TestSigner, testSigner } from '@/lib/testing/sign-checkpoints';
import { agentRecord, emptyLedger, rehash, tamper } from '@/lib/testing/tamper-ledger';
import { compareHistory, compareWith } from './compare-history';
import { readComparand } from './read-comparand';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

interface Kept {
  ledger: number;
  signer: TestSigner;
  checkpoint: string;
  proof: string;
  receipt: string;
}
const grow = (ledger: number, count: number) =>
  appendRecords(
    ledger,
    Array.from({ length: count }, () => agentRecord()),
  );

/** A ledger that has grown since somebody kept a checkpoint over 300 entries, and a receipt of #257. */
async function kept(): Promise<Kept> {
  const ledger = await emptyLedger(db);
  await grow(ledger, 300);
  const signer = await testSigner(db, ledger);
  await signCheckpoints(db, ledger, signer, [300]);
  const { rows } = await asAdmin(db.adminUrl, (c) => c.query('SELECT note FROM checkpoints WHERE ledger_id = $1', [ledger]));
  const checkpoint = rows[0].note.toString();
  const proof = formatTlogProof({ index: 257n, proof: await proveInclusion(dbTiles(ledger), 257n, 300n, nodeSha256), note: checkpoint });
  const entry = await prisma().entry.findFirstOrThrow({ where: { ledger_id: ledger, seq: 257 } });
  const receipt = JSON.stringify({ id: entry.id, seq: '257', integrity_hash: Buffer.from(entry.integrity_hash).toString('hex') });
  await grow(ledger, 300);
  await signCheckpoints(db, ledger, signer, [600]);
  return { ledger, signer, checkpoint, proof, receipt };
}
const compare = async (ledger: number, text: string) => compareWith(ledger, readComparand(text));
const outcomes = (result: Awaited<ReturnType<typeof compare>>) => result.checks.map(({ name, outcome }) => `${name} ${outcome}`);

describe('something that was kept outside', () => {
  it('agrees with a ledger that only grew: checkpoint, receipt with its proof, receipt alone', async () => {
    const { ledger, checkpoint, proof, receipt } = await kept();
    const first = await compare(ledger, checkpoint);
    expect([first.verdict, first.what, first.size, first.now?.size]).toEqual(['grew_only', 'checkpoint', '300', '600']);
    expect(first.signed_at).toMatch(/^20/);
    expect(outcomes(first)).toEqual(['origin passed', 'signature passed', 'length passed', 'root passed', 'consistency passed']);
    const second = await compare(ledger, proof);
    expect([second.verdict, second.what]).toEqual(['grew_only', 'receipt']);
    expect(outcomes(second).slice(-2)).toEqual(['inclusion passed', 'inclusion_now passed']);
    const third = await compare(ledger, receipt);
    expect([third.verdict, outcomes(third)]).toEqual(['grew_only', ['signature not_checked', 'record passed', 'inclusion_now passed']]);
    const both = await compare(ledger, JSON.stringify({ ...JSON.parse(receipt), tlog_proof: proof }));
    expect([both.verdict, outcomes(both).includes('record passed')]).toEqual(['grew_only', true]);
  });

  it('contradicts a ledger that was hashed anew, cut off, or whose entry is gone', async () => {
    const { ledger, checkpoint, proof, receipt } = await kept();
    await tamper(db, ledger, async (c) => {
      await c.query(
        `UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), '"restricted"', '"internal"'), 'UTF8') WHERE ledger_id = ${ledger} AND seq = 5`,
      );
      await rehash(c, ledger, 5, 599);
      await c.query('ALTER TABLE tree_tiles DISABLE TRIGGER USER');
      await c.query('DELETE FROM tree_tiles WHERE ledger_id = $1', [ledger]);
      await c.query('ALTER TABLE tree_tiles ENABLE ALWAYS TRIGGER append_only_row, ENABLE ALWAYS TRIGGER append_only_statement');
    });
    expect((await compare(ledger, checkpoint)).verdict).toBe('cannot_verify');
    await sealTree(pool('verification'), ledger, 600n);
    for (const text of [checkpoint, proof, JSON.stringify({ ...JSON.parse(receipt), tlog_proof: proof })])
      expect((await compare(ledger, text)).verdict).toBe('contradicted');
    // That the entry is another is told; but nobody signed this, and whoever likes can write the like.
    const unsigned = await compare(ledger, receipt);
    expect([unsigned.verdict, outcomes(unsigned).includes('record failed')]).toEqual(['cannot_verify', true]);
    expect(outcomes(await compare(ledger, checkpoint))).toContain('root failed');
    await tamper(db, ledger, (c) => c.query(`DELETE FROM entries WHERE ledger_id = ${ledger} AND seq >= 200`));
    const cut = await compare(ledger, checkpoint);
    expect([cut.verdict, cut.checks.at(-1)?.say]).toEqual(['contradicted', 'The ledger has 200 entries; 300 were signed.']);
    expect((await compare(ledger, receipt)).checks.at(-1)?.say).toBe('There is no entry #257 any more.');
  });

  it('says nothing where no key of the ledger signed it, or it is of another log', async () => {
    const { ledger, signer, checkpoint } = await kept();
    const other = await testSigner(db, await emptyLedger(db));
    const forged = signNote({ ...other, origin: signer.origin }, 300n, new Uint8Array(32), new Date());
    expect((await compare(ledger, forged)).verdict).toBe('cannot_verify');
    expect((await compare(ledger, signNote(other, 300n, new Uint8Array(32), new Date()))).verdict).toBe('cannot_verify');
    expect((await compare(ledger, checkpoint.replace('\n300\n', '\n301\n'))).verdict).toBe('cannot_verify');
    // One of its two signatures taken off: whoever breaks the weaker kind could have made it.
    for (const line of checkpoint.split('\n').filter((one) => one.startsWith('\u2014 '))) {
      const half = await compare(ledger, checkpoint.replace(`${line}\n`, ''));
      expect([half.verdict, outcomes(half)]).toEqual(['cannot_verify', ['origin passed', 'signature failed']]);
    }
    // Signed by the ledger's own key, and not what the ledger is: that is what a fork looks like.
    const fork = await compare(ledger, signNote(signer, 300n, new Uint8Array(32).fill(7), new Date()));
    expect([fork.verdict, outcomes(fork).filter((line) => line.endsWith('failed'))]).toEqual([
      'contradicted',
      ['root failed', 'consistency failed'],
    ]);
  });
});

describe('a comparison', () => {
  it('is entered in the access ledger before anything is told, and is refused to those without a role', async () => {
    const { main, access } = db.ledgers;
    await grow(main, 3);
    const auditor = await makeViewer({ [main]: 'auditor', [access]: 'auditor' });
    const stranger = await makeViewer({ [access]: 'auditor' });
    const text = JSON.stringify({ seq: '2', integrity_hash: '0'.repeat(64) });
    // Invented: nobody signed it, so that it is nobody's contradiction.
    expect((await compareHistory(auditor, 'main', { text })).verdict).toBe('cannot_verify');
    expect((await accessRecords(access)).at(-1)).toMatchObject({
      action: 'comparison_run',
      actor_id: auditor.person.email,
      details: { ledger: 'main', what: 'receipt', seq: '2' },
    });
    const before = (await accessRecords(access)).length;
    await expect(compareHistory(auditor, 'main', { text: 'x' })).rejects.toMatchObject({ code: 'format' });
    expect((await accessRecords(access)).length).toBe(before);
    await expect(compareHistory(stranger, 'main', { text })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what is brought', () => {
  it('is read or refused, whatever it is', () => {
    const refusal = (text: string) => {
      try {
        readComparand(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'format', pointer: '/text' });
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 400 }),
          fc.json().map((json) => `{"seq":${json}}`),
        ),
        refusal,
      ),
    );
    for (const text of [
      '',
      '{',
      '{}',
      '{"seq":"1"}',
      '{"seq":"01","integrity_hash":""}',
      '\n\n',
      'c2sp.org/tlog-proof@v1\n',
      `{"seq":"1","integrity_hash":"${'A'.repeat(64)}"}`,
      '{"seq":"1","seq":"2"}',
      `${'['.repeat(5000)}`,
      `{"a":${'['.repeat(5000)}`,
    ])
      expect(() => readComparand(text)).toThrow(/neither a signed checkpoint nor a receipt/);
  });
});
