import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { listSegmentsPage } from '@/lib/archive/archive-state';
import { checkArchive } from '@/lib/archive/check-archive';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { holdObjects } from '@/lib/archive/hold-objects';
import { storeAt } from '@/lib/archive/open-store';
import { restoreRange } from '@/lib/archive/restore-range';
import { readCertificate } from '@/lib/chain/destruction-certificate';
import { pool, prisma } from '@/lib/db';
import { appendRecord } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { findDestruction, readCertificateNote, readDestructionObjects } from '@/lib/ledger/read-destructions';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, hotPositions, placeHoldOn } from '@/lib/testing/archived-ledger';
import { all, type DestroyableLedger, destroy, destroyableLedger, old, recount, wish, work } from '@/lib/testing/destroyable-ledger';
import { db, folder, folderStore, openArchive } from '@/lib/testing/open-archive';
import { openS3 } from '@/lib/testing/open-s3';
import { checkCounts } from '@/lib/verification/check-counts';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { checkRetentionSums } from './check-sums';
import { finishDestructions } from './keep-destroying';
import { approveDestruction, previewDestruction, requestDestruction } from './manage-destruction';

const s3 = await openS3('gone');
openArchive();

async function world(records = old(9)): Promise<DestroyableLedger & { store: DirectoryStore }> {
  const made = await destroyableLedger(records);
  return { ...made, store: folderStore(made.slug) };
}
const objects = (w: DestroyableLedger) =>
  readdirSync(path.join(folder, w.slug), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.gz'));
const find = async (w: DestroyableLedger, id: string) => (await findDestruction(prisma(), w.ledger.id, id, null))!;
const certificate = async (id: string) => readCertificate((await readCertificateNote(prisma(), id))!.note);
const verdict = async (w: DestroyableLedger) =>
  (await verifyEntries({ ledgerId: w.ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} })).breaks.codes;
/** Where it is looked at before it is over, with time to get there. */
const soon = (milliseconds = 1_500) => new Date(Date.now() + milliseconds);
const over = (until: Date) => new Promise((resolve) => setTimeout(resolve, until.getTime() - Date.now() + 50));

describe('archived records', () => {
  it('are decided by what their bodies say, and destroyed without coming back into the database', async () => {
    const w = await world(old(9, (i) => (i % 2 === 1 ? { domains: ['hipaa'] } : {})));
    await archive(w.ledger, w.store);
    expect((await previewDestruction(w.officer, w.slug, all)).found).toMatchObject({ due: 5, archived: 5, not_due: 4 });
    const done = await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([]);
    expect(await find(w, done.id)).toMatchObject({ state: 'pending_objects', destroyed: 5 });
    expect(await readDestructionObjects(prisma(), done.id, 10)).toMatchObject([{ segment: '1', records: 5, state: 'shared' }]);
    expect(await verdict(w)).toEqual({});
    await recount(w.ledger.id);
    expect((await checkCounts(w.ledger.id)).differences).toEqual([]);
    expect((await checkRetentionSums(w.ledger.id)).differences).toEqual([]);
    const rows = await prisma().$queryRaw<{ state: string; count: bigint }[]>`
      SELECT state, sum(count)::bigint AS count FROM retention_counts WHERE ledger_id = ${w.ledger.id} GROUP BY 1 ORDER BY 1`;
    expect(rows.map(({ state, count }) => [state, Number(count)])).toEqual([
      ['archived', 4],
      ['destroyed', 5],
    ]);
  });

  it('stay in a locked object, which the certificate names with its day; a later pass deletes it and certifies anew', async () => {
    const w = await world();
    const until = soon(8_000);
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => until) });
    const done = await destroy(w);
    expect(await find(w, done.id)).toMatchObject({ state: 'pending_objects', destroyed: 9, certificate: { version: 1 } });
    const first = await certificate(done.id);
    expect(first.objects).toMatchObject({
      count: 1,
      pending: 1,
      list: [{ segment: '1', state: 'locked', version_id: '1', until: until.toISOString() }],
    });
    expect(objects(w)).toHaveLength(1);
    expect(await finishDestructions(w.ledger)).toBe(0);
    const listed = async () => (await listSegmentsPage(w.ledger, { before: null, state: undefined })).rows;
    const destroyed = [{ id: done.id, number: done.number, records: 9 }];
    expect(await listed()).toMatchObject([{ number: '1', removed_at: null, destroyed }]);
    await over(until);
    expect(await finishDestructions(w.ledger)).toBe(1);
    expect(objects(w)).toEqual([]);
    expect(await listed()).toMatchObject([{ number: '1', removed_at: expect.stringMatching(/^20/), destroyed }]);
    expect(await find(w, done.id)).toMatchObject({ state: 'done', certificate: { version: 2 } });
    expect((await certificate(done.id)).objects).toMatchObject({ pending: 0, list: [{ state: 'removed', version_id: '1' }] });
    expect(await verdict(w)).toEqual({});
    expect(await prisma().$queryRaw`SELECT kind FROM retention_traces WHERE ledger_id = ${w.ledger.id}`).toEqual([]);
    expect(await finishDestructions(w.ledger)).toBe(0);
  });

  it('are gone with their object, though a record that comes in while it is deleted names somebody under a hold in their conversation', async () => {
    const w = await world();
    const until = soon(4_000);
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => until) });
    const done = await destroy(w);
    await placeHoldOn(db, w.ledger.id, 'subject', 'P-late');
    await over(until);
    const real = DirectoryStore.prototype.remove;
    vi.spyOn(DirectoryStore.prototype, 'remove').mockImplementation(async function (this: DirectoryStore, ...of) {
      await appendRecord(
        w.ledger.id,
        prepareAgentRecord(agentRecord({ conversation_id: 'talk-0', subject_id: 'P-late' }), { key_id: randomUUID(), channel: 'api' }),
      );
      await real.apply(this, of);
    });
    expect(await finishDestructions(w.ledger)).toBe(1);
    vi.restoreAllMocks();
    expect(objects(w)).toEqual([]);
    expect(await find(w, done.id)).toMatchObject({ state: 'done', certificate: { version: 2 } });
    // The hold was placed past its use case, so that no entry tells of it.
    expect(await verdict(w)).toEqual({ hold_altered: 1 });
  });

  it('are found by a hold that comes while their object is still there: it wins', async () => {
    const w = await world();
    const until = soon(8_000);
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => until) });
    const done = await destroy(w);
    await placeHoldOn(db, w.ledger.id, 'subject', 'P-1');
    // Even before the store was told of it.
    await over(until);
    expect(await finishDestructions(w.ledger)).toBe(0);
    expect(objects(w)).toHaveLength(1);
    expect(await readDestructionObjects(prisma(), done.id, 10)).toMatchObject([{ state: 'held' }]);
    await holdObjects(w.ledger.id);
    expect(await finishDestructions(w.ledger)).toBe(0);
  });

  it('are found by a hold on what they were about, also where they were destroyed before that was noted', async () => {
    const w = await world(old(4, () => ({ agent_name: 'intake' })));
    const real = pool('archive').query.bind(pool('archive'));
    const killed = vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
      if (text.includes('archive_note')) throw new Error('killed');
      return real(text, values);
    }) as never);
    const until = soon(4_000);
    await expect(archive(w.ledger, w.store, { due: everythingDue(undefined, () => until) })).rejects.toThrow('killed');
    killed.mockRestore();
    const done = await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([]);
    await placeHoldOn(db, w.ledger.id, 'agent', 'intake');
    await over(until);
    expect(await finishDestructions(w.ledger)).toBe(0);
    expect(await readDestructionObjects(prisma(), done.id, 10)).toMatchObject([{ state: 'held' }]);
    expect(objects(w)).toHaveLength(1);
  });

  it('whose objects cannot be looked at keep those of another destruction from nothing', async () => {
    const w = await world();
    const until = soon(8_000);
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => until), bounds: { rows: 5, bytes: 1e9 } });
    const [first, second] = [
      await destroy(w, { kind: 'range', from: '0', to: '4' }),
      await destroy(w, { kind: 'range', from: '5', to: '8' }),
    ];
    await over(until);
    const list = vi.spyOn(DirectoryStore.prototype, 'list').mockImplementationOnce(() => {
      throw new Error('EIO: i/o error');
    });
    expect(await finishDestructions(w.ledger)).toBe(1);
    list.mockRestore();
    expect([(await find(w, first.id)).state, (await find(w, second.id)).state]).toEqual(['pending_objects', 'done']);
    expect(await finishDestructions(w.ledger)).toBe(1);
    expect(await find(w, first.id)).toMatchObject({ state: 'done' });
  });

  it('under a hold by what their bodies say stay, whatever it is placed by', async () => {
    const w = await world(old(9, (i) => ({ actor_id: i === 4 ? 'nurse-7' : 'agent-1' })));
    await archive(w.ledger, w.store);
    const asked = await requestDestruction(w.officer, w.slug, wish());
    const approved = await approveDestruction(w.second, w.slug, asked.id, asked.number);
    await placeHoldOn(db, w.ledger.id, 'actor', 'nurse-7');
    await work(approved);
    expect(await find(w, asked.id)).toMatchObject({ destroyed: 8, left: { held: 1, holds: [1] } });
  });

  it('lie in an object that nobody may call deleted before it may be: the database asks for itself', async () => {
    const w = await world();
    await archive(w.ledger, w.store, { due: everythingDue((seq) => seq < 8n) });
    const called = () => pool('archive').query('SELECT destruction_object_removed($1, 1)', [w.ledger.id]);
    await expect(called()).rejects.toMatchObject({ code: 'HF022' });
    await destroy(w);
    // Every record in it is destroyed, and its lock has not ended.
    await expect(called()).rejects.toMatchObject({ code: 'HF022' });
    expect(objects(w)).toHaveLength(1);
  });

  it('do not come back by a restore', async () => {
    const w = await world(old(9, (i) => (i === 8 ? { domains: ['hipaa'] } : {})));
    await archive(w.ledger, w.store);
    await destroy(w);
    const restored = await restoreRange({ ledger: w.ledger, from: 0n, to: 8n, hotUntil: new Date(Date.now() + 60_000) });
    expect(restored).toBe(1);
    expect(await hotPositions(w.ledger.id)).toEqual([8]);
    expect(await verdict(w)).toEqual({});
  });

  it('that were put back go from the database and from their object', async () => {
    const w = await world();
    const until = soon();
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => until) });
    await restoreRange({ ledger: w.ledger, from: 0n, to: 4n, hotUntil: new Date(Date.now() + 60_000) });
    const done = await destroy(w);
    expect(await hotPositions(w.ledger.id)).toEqual([]);
    expect(await find(w, done.id)).toMatchObject({ destroyed: 9 });
    await over(until);
    await finishDestructions(w.ledger);
    expect(await find(w, done.id)).toMatchObject({ state: 'done' });
    expect(objects(w)).toEqual([]);
  });

  it('leave an archive that says by itself what was destroyed, and finds what was taken out of it otherwise', async () => {
    const w = await world();
    const until = soon();
    await archive(w.ledger, w.store, {
      due: everythingDue(
        (seq) => seq < 5n,
        () => until,
      ),
    });
    await archive(w.ledger, w.store, { due: everythingDue(undefined, () => new Date(Date.now() + 9_000_000)) });
    await destroy(w, { kind: 'range', from: '0', to: '4' });
    await over(until);
    await finishDestructions(w.ledger);
    expect(objects(w)).toHaveLength(1);
    const faults = async () => {
      const found = [];
      for await (const one of checkArchive(w.store, null)) found.push(one);
      return found.map(({ faults, destroyed }) => ({ faults: faults.length, destroyed }));
    };
    expect(await faults()).toEqual([{ faults: 0, destroyed: 1 }]);
    rmSync(path.join(folder, w.slug, objects(w)[0]!));
    expect((await faults())[0]!.faults).toBeGreaterThan(0);
  });
});

describe('on a real object store with Object Lock', () => {
  const bucket = () => storeAt({ kind: 's3', place: 's3://gone' });

  it('the version is deleted once its lock has ended, and no earlier; its id is in the certificate', async ({ skip }) => {
    if (s3 === null) skip('no object store here');
    const w = await world();
    const store = bucket();
    const until = new Date(Date.now() + 6_000);
    await archive(w.ledger, store, { due: everythingDue(undefined, () => until) });
    const done = await destroy(w);
    const [object] = await readDestructionObjects(prisma(), done.id, 10);
    expect(object).toMatchObject({ state: 'locked', store: 's3' });
    const at = await store.head(object!.object, object!.version_id);
    expect(at).toMatchObject({ mode: 'COMPLIANCE' });
    await expect(store.remove(object!.object, object!.version_id!)).rejects.toMatchObject({ code: 'locked' });
    expect((await certificate(done.id)).objects.list[0]).toMatchObject({ version_id: object!.version_id, state: 'locked' });
    await over(new Date(until.getTime() + 1_500));
    expect(await finishDestructions(w.ledger)).toBe(1);
    expect(await store.head(object!.object, object!.version_id)).toBeNull();
    expect((await certificate(done.id)).objects).toMatchObject({
      pending: 0,
      list: [{ state: 'removed', version_id: object!.version_id }],
    });
    expect(await verdict(w)).toEqual({});
  }, 60_000);
});
