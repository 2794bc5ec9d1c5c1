import path from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreFault } from '@/lib/archive/archive-store';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { pool, prisma } from '@/lib/db';
import { findDestruction } from '@/lib/ledger/read-destructions';
import { archive, everythingDue, hotPositions, placeHoldOn } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroyableLedger, mixed, old, wish, work } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { accessRecords } from '@/lib/testing/make-person';
import { db, folder, openArchive } from '@/lib/testing/open-archive';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { finishDestructions } from './keep-destroying';
import { approveDestruction, requestDestruction, resumeDestruction, stopDestruction } from './manage-destruction';

openArchive();
afterEach(() => {
  vi.restoreAllMocks();
});

async function approved(records = mixed(), prepare: (w: DestroyableLedger) => Promise<unknown> = async () => {}) {
  const w = await destroyableLedger(records);
  await prepare(w);
  const asked = await requestDestruction(w.officer, w.slug, wish());
  return { w, one: await approveDestruction(w.second, w.slug, asked.id, asked.number) };
}
const find = async (w: DestroyableLedger, id: string) => (await findDestruction(prisma(), w.ledger.id, id, null))!;
const codes = async (w: DestroyableLedger) =>
  (await verifyEntries({ ledgerId: w.ledger.id, scope: { kind: 'ledger' }, archive: true, onProgress: () => {} })).breaks.codes;

/** Fails a call of a function of the database: before it was asked, or after it was done and the answer was lost. */
function breakCall(name: string, when: 'before' | 'after'): { hit: () => boolean } {
  const real = pg.Client.prototype.query as unknown as (...args: unknown[]) => unknown;
  let hit = false;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const text = typeof args[0] === 'string' ? args[0] : ((args[0] as { text?: string })?.text ?? '');
    if (hit || !text.includes(`${name}(`)) return real.apply(this, args);
    hit = true;
    const lost = Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
    const done = args.at(-1);
    if (typeof done !== 'function')
      return when === 'before' ? Promise.reject(lost) : (real.apply(this, args) as Promise<unknown>).then(() => Promise.reject(lost));
    if (when === 'before') return process.nextTick(() => done(lost));
    return real.apply(this, [...args.slice(0, -1), () => done(lost)]);
  } as never);
  return { hit: () => hit };
}

describe('killed at a step and taken up again, nothing is lost and nothing destroyed early', () => {
  const steps = ['destruction_step', 'destroy_records', 'destruction_left', 'archive_let_go'] as const;
  it.each(steps.flatMap((step) => (['before', 'after'] as const).map((when) => [step, when] as const)))(
    '%s, %s it was done',
    async (step, when) => {
      const { w, one } = await approved();
      const broken = breakCall(step, when);
      await work(one).catch(() => {});
      expect(broken.hit()).toBe(true);
      vi.restoreAllMocks();
      // Whatever was done by then is borne out: no body is told as missing.
      expect(await codes(w)).toEqual({});
      expect(await hotPositions(w.ledger.id)).toEqual(expect.arrayContaining([1, 2, 4, 5, 7, 8, 10, 11]));
      await asAdmin(db.adminUrl, (c) => c.query("UPDATE jobs SET state = 'queued' WHERE id = $1 AND state <> 'done'", [one.job!.id]));
      await asAdmin(db.adminUrl, (c) => c.query('UPDATE archive_leases SET held_until = now() WHERE ledger_id = $1', [w.ledger.id]));
      await work(one);
      expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 4, certificate: { version: 1 } });
      expect(await hotPositions(w.ledger.id)).toEqual([1, 2, 4, 5, 7, 8, 10, 11]);
      const certified = (await accessRecords(db.ledgers.access)).filter(
        (r) => r.action === 'destruction_certified' && r.resource_id === one.id,
      );
      expect(certified).toHaveLength(1);
      expect(await codes(w)).toEqual({});
    },
  );

  it.each([
    ['destroy_archived', 'before'],
    ['destroy_archived', 'after'],
    ['destruction_object_free', 'before'],
    ['destruction_object_removed', 'before'],
    ['destruction_object_removed', 'after'],
  ] as const)('%s, %s it was done, of archived records whose lock has ended', async (step, when) => {
    const until = new Date(Date.now() + 300);
    const { w, one } = await approved(old(6), async (made) => {
      await archive(made.ledger, new DirectoryStore(path.join(folder, made.slug)), { due: everythingDue(undefined, () => until) });
      await new Promise((resolve) => setTimeout(resolve, 400));
    });
    const broken = breakCall(step, when);
    await work(one).catch(() => {});
    expect(broken.hit()).toBe(true);
    vi.restoreAllMocks();
    await asAdmin(db.adminUrl, (c) => c.query("UPDATE jobs SET state = 'queued' WHERE id = $1 AND state <> 'done'", [one.job!.id]));
    await work(one);
    await finishDestructions(w.ledger);
    expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 6 });
    expect(await codes(w)).toEqual({});
  });
});

describe('while it goes on', () => {
  it('a hold that is placed wins for all that is not destroyed yet', async () => {
    const { w, one } = await approved(old(1_200, (i) => ({ conversation_id: `talk-${i < 600 ? 'a' : 'b'}` })));
    const real = pool('archive').query.bind(pool('archive'));
    let calls = 0;
    vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
      if (text.includes('destroy_records') && ++calls === 2) await placeHoldOn(db, w.ledger.id, 'conversation', 'talk-b');
      return real(text, values);
    }) as never);
    await work(one);
    const left = await hotPositions(w.ledger.id);
    expect(left).toEqual(Array.from({ length: 600 }, (_, i) => 600 + i));
    expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 600, left: { held: 600, holds: [1] } });
  });

  it('what was decided by rules that have changed in the same moment is refused by the database, and decided anew', async () => {
    const { w, one } = await approved();
    const real = pool('archive').query.bind(pool('archive'));
    let refused = 0;
    vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
      if (!text.includes('destroy_records')) return real(text, values);
      await asAdmin(db.adminUrl, (c) =>
        c.query(
          `SELECT save_retention($1, 1, (SELECT jsonb_agg(CASE WHEN p ->> 'code' = 'default' THEN jsonb_set(p, '{floor}', '{"years":50}') ELSE p END)
             FROM retention_versions v, jsonb_array_elements(v.policies) p WHERE v.ledger_id = $1), '[]', 'ada', 'longer')`,
          [w.ledger.id],
        ),
      );
      return real(text, values).catch((error: { code?: string }) => {
        if (error.code === 'HF025') refused++;
        throw error;
      });
    }) as never);
    await work(one);
    expect(refused).toBe(1);
    expect(await hotPositions(w.ledger.id)).toHaveLength(12);
    expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 0, left: { not_due: 4 } });
  });

  it('an archive that does not answer stops it; it is taken up again', async () => {
    const place = path.join(folder, 'elsewhere');
    const { w, one } = await approved(old(6), (made) => archive(made.ledger, new DirectoryStore(place)));
    forgetSegments();
    vi.spyOn(DirectoryStore.prototype, 'get').mockImplementation(async function* () {
      yield* [];
      throw new StoreFault('unreachable', 'It does not answer.');
    });
    expect(await work(one)).toMatchObject({ state: 'failed', error: expect.stringContaining('does not answer') });
    expect(await find(w, one.id)).toMatchObject({ state: 'failed', destroyed: 0, outcome: expect.stringContaining('does not answer') });
    vi.restoreAllMocks();
    const again = await resumeDestruction(w.second, w.slug, one.id);
    await work(again);
    expect(await find(w, one.id)).toMatchObject({ destroyed: 6, state: 'pending_objects' });
  }, 30_000);

  it('a person stops it: what is destroyed stays so, nothing else goes, and it can be taken up again', async () => {
    const { w, one } = await approved(old(1_200));
    const real = pool('archive').query.bind(pool('archive'));
    let calls = 0;
    vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
      const answer = await real(text, values);
      if (text.includes('destroy_records') && ++calls === 1) {
        await stopDestruction(w.second, w.slug, one.id);
        // Until its next heartbeat has read that.
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
      return answer;
    }) as never);
    expect(await work(one)).toMatchObject({ state: 'cancelled' });
    vi.restoreAllMocks();
    const left = await hotPositions(w.ledger.id);
    expect(left).toHaveLength(700);
    expect(await find(w, one.id)).toMatchObject({
      state: 'failed',
      destroyed: 500,
      outcome: expect.stringContaining('Stopped by a person'),
    });
    expect(await codes(w)).toEqual({});
    await expect(stopDestruction(w.second, w.slug, one.id)).rejects.toMatchObject({ code: 'conflict' });
    // Also after it was taken up again, before any of its work is done.
    const again = await resumeDestruction(w.second, w.slug, one.id);
    await stopDestruction(w.second, w.slug, one.id);
    await work(again);
    expect(await hotPositions(w.ledger.id)).toHaveLength(700);
    await work(await resumeDestruction(w.second, w.slug, one.id));
    expect(await hotPositions(w.ledger.id)).toEqual([]);
    expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 1_200 });
  }, 30_000);

  it('it is taken up again once: who asks a second time is told that it is under way', async () => {
    const { w, one } = await approved(old(4));
    const dir = process.env.SIGNER_DIR;
    process.env.SIGNER_DIR = path.join(folder, 'no-keys');
    expect(await work(one)).toMatchObject({ state: 'failed' });
    process.env.SIGNER_DIR = dir;
    const asked = await Promise.allSettled([1, 2, 3].map(() => resumeDestruction(w.second, w.slug, one.id)));
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(resumeDestruction(w.officer, w.slug, one.id)).rejects.toMatchObject({ code: 'conflict' });
    await work(await find(w, one.id));
    expect(await find(w, one.id)).toMatchObject({ state: 'done', destroyed: 4 });
    await expect(resumeDestruction(w.officer, w.slug, one.id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('nothing goes without the keys that could certify it', async () => {
    const { w, one } = await approved();
    const dir = process.env.SIGNER_DIR;
    process.env.SIGNER_DIR = path.join(folder, 'no-keys');
    expect(await work(one)).toMatchObject({ state: 'failed', error: expect.stringContaining('keys') });
    process.env.SIGNER_DIR = dir;
    expect(await hotPositions(w.ledger.id)).toHaveLength(12);
  });
});
