import { afterEach, describe, expect, it } from 'vitest';
import type { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { MissingNumbers } from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, old } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';
import { verifyConversation } from './verify-conversation';
import { verifyEntries } from './verify-entries';
import { verifySummaries } from './verify-summaries';

/** A hold on a person reaches whole conversations by the table of whom they name: it is held against the bodies, wherever these are. */
openArchive();
afterEach(() => forgetSegments());

/** Twelve records in three conversations; each fourth names P-2 beside P-1, the last one nobody. */
async function world(): Promise<DestroyableLedger & { store: DirectoryStore }> {
  const records = old(12, (i) => (i % 4 === 3 ? { subject_id: 'P-2' } : {}));
  delete records[11]!.subject_id;
  const made = await destroyableLedger(records);
  return { ...made, store: folderStore(made.slug) };
}
type World = Awaited<ReturnType<typeof world>>;
const tamper = (w: World, statement: string) =>
  asAdmin(db.adminUrl, async (c) => {
    await c.query('SET session_replication_role = replica');
    await c.query(statement, [w.ledger.id]);
  });
const forget = (w: World) =>
  tamper(w, `DELETE FROM conversation_people WHERE ledger_id = $1 AND conversation_id = 'talk-0' AND subject_id = 'P-2'`);
async function verify(w: World, archived = false) {
  const { breaks, checks } = await verifyEntries({
    ledgerId: w.ledger.id,
    scope: { kind: 'ledger' },
    archive: archived,
    onProgress: () => {},
  });
  return { breaks: breaks.kept().map(say), columns: checks.find(({ name }) => name === 'columns')!.outcome };
}
const say = ({ code, seq, expected, found }: { code: string; seq: bigint; expected: string; found: string }) =>
  `${code}@${seq} ${expected} / ${found}`;
async function verifyTalk(w: World, conversationId: string) {
  const breaks: string[] = [];
  await verifyConversation({ ledgerId: w.ledger.id, conversationId, onBreaks: (found) => breaks.push(...found.map(say)) });
  return breaks;
}
const LACKS = 'projection_altered@3 conversation_people talk-0: P-2, whom this record names / conversation_people talk-0: (none)';

describe('who is named in a conversation', () => {
  it('is what its records say: here, archived in part and whole, and with some of them destroyed', async () => {
    const w = await world();
    const sound = async () => {
      for (const archived of [false, true]) expect(await verify(w, archived)).toEqual({ breaks: [], columns: 'passed' });
      for (const talk of ['talk-0', 'talk-1', 'talk-2']) expect([talk, await verifyTalk(w, talk)]).toEqual([talk, []]);
    };
    await sound();
    await archive(w.ledger, w.store, { due: everythingDue((seq) => seq % 2n === 1n) });
    await sound();
    await destroy(w, { kind: 'range', from: '0', to: '3' });
    await sound();
    await archive(w.ledger, w.store);
    await sound();
    await destroy(w);
    await sound();
  });

  it('is told when somebody takes one of them away, by a run over the whole ledger and by one over the conversation', async () => {
    const w = await world();
    await forget(w);
    expect(await verify(w)).toEqual({ breaks: [LACKS], columns: 'failed' });
    expect(await verifyTalk(w, 'talk-0')).toEqual([LACKS]);
    expect(await verifyTalk(w, 'talk-1')).toEqual([]);
  });

  it('is told when somebody names another in their place', async () => {
    const w = await world();
    await tamper(w, `UPDATE conversation_people SET subject_id = 'P-9' WHERE ledger_id = $1 AND conversation_id = 'talk-0'`);
    expect((await verify(w)).breaks).toEqual([LACKS]);
  });

  it('is told of records that are in the archive alone, where the archive is the source', async () => {
    const w = await world();
    await archive(w.ledger, w.store);
    await forget(w);
    expect((await verify(w)).breaks).toEqual([]);
    expect((await verify(w, true)).breaks).toEqual([LACKS]);
    expect(await verifyTalk(w, 'talk-0')).toEqual([LACKS]);
  });

  it('is told where the line of a conversation of which a part is archived says another person than its records', async () => {
    const w = await world();
    await archive(w.ledger, w.store, { due: everythingDue((seq) => seq === 0n) });
    await tamper(w, `UPDATE conversations SET subject_id = 'P-9' WHERE ledger_id = $1 AND conversation_id = 'talk-0'`);
    expect((await verify(w)).breaks).toEqual([LACKS.replace('@3', '@6').replace('P-2', 'P-1')]);
  });

  it('is compared page by page, with each pair told once a page', async () => {
    const w = await world();
    await tamper(w, 'DELETE FROM conversation_people WHERE ledger_id = $1');
    const found: string[] = [];
    await verifySummaries({
      ledgerId: w.ledger.id,
      missing: new MissingNumbers(),
      onBreaks: (breaks) => found.push(...breaks.map(say)),
      page: 2,
    });
    expect(found).toEqual([LACKS, LACKS.replace('@3', '@7').replaceAll('talk-0', 'talk-1')]);
    const { rows } = await pool('verification').query('SELECT count(*)::int AS n FROM conversation_people WHERE ledger_id = $1', [
      w.ledger.id,
    ]);
    expect(rows).toEqual([{ n: 0 }]);
  });
});
