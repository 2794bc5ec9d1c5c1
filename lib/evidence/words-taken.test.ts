import { describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { findLedger } from '@/lib/ledger/find-ledger';
import { readReveals } from '@/lib/ledger/read-words';
import {
  auditor,
  db,
  entries,
  fresh,
  make,
  officer,
  openWordsExport,
  PURPOSE,
  run,
  say,
  sign,
  take,
  talk,
} from '@/lib/testing/export-words';
import { asAdmin } from '@/lib/testing/fresh-database';
import { EVIDENCE, exportEvidence } from './export-evidence';
import { requestExport } from './manage-exports';

openWordsExport();

describe('who took words, and what for', () => {
  it('is in the access ledger when it is asked for, before the words are opened, and on the page of each conversation', async () => {
    const id = fresh();
    await say(id, 2, { subject_id: 'P-1017' });
    const { id: made } = await requestExport(auditor, 'main', talk(id), PURPOSE);
    expect((await entries('export_created')).find((one) => one.resource_id === made)).toMatchObject({
      purpose: 'complaint',
      actor_id: auditor.person.email,
      details: { content: { parts: 2, records: 2, conversations: 1, note: 'Ticket 4711' } },
    });
    expect((await entries('content_revealed')).filter((one) => one.resource_id === id)).toEqual([]);
    await run(made);
    expect((await entries('content_revealed')).filter((one) => one.resource_id === id)).toMatchObject([
      {
        actor_id: auditor.person.email,
        purpose: 'complaint',
        subject_id: 'P-1017',
        details: { ledger: 'main', parts: 2, records: 2, export: made, note: 'Ticket 4711', role: 'auditor' },
      },
    ]);
    const access = (await findLedger('access'))!;
    const { rows } = await prisma().$transaction((tx) => readReveals(tx, access, 'main', { conversationId: id }, 10));
    expect(rows).toMatchObject([{ by: auditor.person.email, parts: 2, purpose: 'complaint', export: made }]);
    await take(made);
    expect((await entries('export_downloaded')).find((one) => one.resource_id === made)).toMatchObject({
      purpose: 'complaint',
      details: { content: { parts: 2 } },
    });
  });

  it('or there is no bundle: where the entry cannot be written nothing is opened', async () => {
    const id = fresh();
    await say(id, 1);
    const { id: made } = await requestExport(auditor, 'main', talk(id), PURPOSE);
    await sign();
    await asAdmin(db.adminUrl, (c) => c.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app'));
    try {
      await runJob(made, { [EVIDENCE]: exportEvidence }, new AbortController().signal);
    } finally {
      await asAdmin(db.adminUrl, (c) => c.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app'));
    }
    expect((await prisma().job.findUniqueOrThrow({ where: { id: made } })).state).toBe('failed');
    expect(await prisma().exportPiece.count({ where: { export_id: made } })).toBe(0);
  });

  it('is whoever asked: nobody else is given their file', async () => {
    const id = fresh();
    await say(id, 1);
    const made = await make(talk(id), PURPOSE);
    await expect(take(made, officer)).rejects.toMatchObject({ code: 'forbidden' });
    await prisma().membership.updateMany({ where: { user_id: auditor.person.id }, data: { role: 'administrator' } });
    try {
      await expect(take(made)).rejects.toMatchObject({ code: 'forbidden' });
    } finally {
      await prisma().membership.updateMany({ where: { user_id: auditor.person.id }, data: { role: 'auditor' } });
    }
  });
});
