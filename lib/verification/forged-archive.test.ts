import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { VerificationDto, VerificationScope } from '@/lib/schema/verification';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { places, tamper, verify } from '@/lib/testing/tamper-ledger';

/** What excuses a missing body is a position in a signed manifest, in every scope: whoever owns the database can write rows, and signs nothing. */
openArchive();
beforeEach(() => forgetSegments());

/** Twenty records of one conversation; the first ten are archived, and the archive answers. */
async function halfArchived(): Promise<{ ledger: LedgerRow; place: string }> {
  const records = Array.from({ length: 20 }, (_, i) => agentRecord({ conversation_id: 'talk', agent_seq: i + 1 }));
  const ledger = await newLedger(records);
  const store = folderStore(ledger.slug);
  await archive(ledger, store, { due: everythingDue((seq) => seq < 10n) });
  return { ledger, place: store.place };
}
/** As a superuser who switches the triggers off. */
const forge = (work: (client: pg.Client) => Promise<unknown>) =>
  asAdmin(db.adminUrl, async (client) => {
    const each = async (action: string) => {
      for (const table of ['archive_segments', 'archive_conversations'])
        for (const trigger of ['append_only_row', 'append_only_statement'])
          await client.query(`ALTER TABLE ${table} ${action} TRIGGER ${trigger}`);
    };
    await each('DISABLE');
    await work(client);
    await each('ENABLE ALWAYS');
  });
const SCOPES: [string, VerificationScope][] = [
  ['the whole ledger', { kind: 'ledger' }],
  ['a range', { kind: 'range', from: '0', to: '19' }],
  ['the position alone', { kind: 'range', from: '15', to: '15' }],
  ['the conversation', { kind: 'conversation', conversation_id: 'talk' }],
];

/** Rows that claim that #15, which was deleted, is archived: where the genuine manifest of segment 1 is all that was ever signed. */
const FORGERIES: [string, (client: pg.Client, ledger: number) => Promise<unknown>][] = [
  [
    'another segment beside a genuine manifest, in a store that does not answer',
    async (client, ledger) => {
      await client.query(
        `INSERT INTO archive_segments SELECT (jsonb_populate_record(s, jsonb_build_object('number', 2, 'seqs', '{[15,16)}', 'first_seq', 15, 'last_seq', 15,
                'rows', 1, 'place', '/dev/null', 'pruned_rows', 1))).* FROM archive_segments s WHERE ledger_id = $1`,
        [ledger],
      );
      await client.query(`INSERT INTO archive_conversations VALUES ($1, 'talk', 2, '{[15,16)}')`, [ledger]);
    },
  ],
  [
    'positions of the genuine segment, stretched',
    async (client, ledger) => {
      await client.query(`UPDATE archive_segments SET seqs = seqs + '{[15,16)}', last_seq = 15, rows = 11 WHERE ledger_id = $1`, [ledger]);
      await client.query(`UPDATE archive_conversations SET seqs = seqs + '{[15,16)}' WHERE ledger_id = $1`, [ledger]);
    },
  ],
  [
    'the conversation alone, said to lie in the genuine segment',
    (client, ledger) => client.query(`UPDATE archive_conversations SET seqs = seqs + '{[15,16)}' WHERE ledger_id = $1`, [ledger]),
  ],
];

describe.each(SCOPES)('in %s', (_scope, scope) => {
  it.each(FORGERIES)('a deleted record is missed, whatever rows say: %s', async (_what, rows) => {
    const { ledger } = await halfArchived();
    expect((await verify(ledger.id, scope)).verdict).toBe('valid');
    await tamper(db, ledger.id, (c) => c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = 15', [ledger.id]));
    await forge((client) => rows(client, ledger.id));
    const run: VerificationDto = await verify(ledger.id, scope);
    expect(places(run)).toContain('body_missing@15');
    expect(['tampered', 'incomplete']).toContain(run.verdict);
  });
});

it('a manifest that nobody can read any more is told, and ends no verification', async () => {
  const { ledger } = await halfArchived();
  await forge((client) => client.query(`UPDATE archive_segments SET manifest = manifest || 'x'::bytea WHERE ledger_id = $1`, [ledger.id]));
  const run = await verify(ledger.id, { kind: 'conversation', conversation_id: 'talk' });
  expect(run).toMatchObject({ state: 'done', verdict: 'tampered' });
  expect(places(run)).toContain('archive_altered@0');
});

it('a conversation whose archived bodies could not be fetched is not called valid, nor broken', async () => {
  const { ledger, place } = await halfArchived();
  renameSync(place, `${place}-away`);
  // Not a folder: nobody can say what is in it.
  writeFileSync(place, '');
  const scope: VerificationScope = { kind: 'conversation', conversation_id: 'talk' };
  const run = await verify(ledger.id, scope);
  expect([run.verdict, places(run)]).toEqual(['cannot_verify', []]);
  expect(run.checks.find(({ name }) => name === 'archive_objects')!.say).toContain('1 more could not be fetched');
  rmSync(place);
  renameSync(`${place}-away`, place);
  expect((await verify(ledger.id, scope)).verdict).toBe('valid');
});
