import { describe, expect, it } from 'vitest';
import { readZip } from '@/lib/chain/read-zip';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { auditor, fresh, make, officer, openWordsExport, PURPOSE, say, sign, take, talk, textOf, verify } from '@/lib/testing/export-words';
import { requestShredding } from '@/lib/words/request-shredding';
import { EVIDENCE, exportEvidence } from './export-evidence';
import { requestExport } from './manage-exports';

openWordsExport();

describe('shredding', () => {
  const shred = (value: string) =>
    requestShredding(officer, 'main', {
      scope: { kind: 'conversation', value },
      authority: 'GDPR Art. 17(1)(a)',
      reason: 'asked to be forgotten',
      confirm: value,
    });

  it('takes every bundle with the words along, and leaves the others', async () => {
    const [gone, kept] = [fresh(), fresh()];
    await say(gone, 1);
    await say(kept, 1);
    const [withWords, without, other] = [await make(talk(gone), PURPOSE), await make(talk(gone)), await make(talk(kept), PURPOSE)];
    await shred(gone);
    await expect(take(withWords)).rejects.toMatchObject({ code: 'expired', message: expect.stringContaining('shredded') });
    expect(await prisma().exportPiece.count({ where: { export_id: withWords } })).toBe(0);
    expect((await verify(readZip(await take(without)))).verdict).toBe('valid');
    expect((await verify(readZip(await take(other)))).verdict).toBe('valid');
  });

  it('while a bundle is made leaves nothing of it', async () => {
    const id = fresh();
    await say(id, 1);
    const { id: made } = await requestExport(auditor, 'main', talk(id), PURPOSE);
    await sign();
    const shredding = async (job: Parameters<typeof exportEvidence>[0]) => {
      const keep = await exportEvidence(job);
      await shred(id);
      return keep;
    };
    await runJob(made, { [EVIDENCE]: shredding }, new AbortController().signal);
    expect((await prisma().job.findUniqueOrThrow({ where: { id: made } })).state).toBe('failed');
    expect(await prisma().exportPiece.count({ where: { export_id: made } })).toBe(0);
  });

  it('is told in a bundle of what is left: when, by whom, and under which authority', async () => {
    const id = fresh();
    await say(id, 1, { subject_id: 'P-1' });
    await say(id, 1, { subject_id: 'P-2' });
    await requestShredding(officer, 'main', {
      scope: { kind: 'subject', value: 'P-1' },
      authority: 'GDPR Art. 17',
      reason: 'asked',
      confirm: 'P-1',
    });
    const files = readZip(await take(await make(talk(id), PURPOSE)));
    const verdict = await verify(files);
    expect(verdict).toMatchObject({ verdict: 'valid', manifest: { words: { parts: 1, shredded: 1 } } });
    expect(textOf(files, 'content/absent.jsonl')).toContain(`by ${officer.person.email} under GDPR Art. 17`);
    expect(textOf(files, 'report.html')).toContain('under GDPR Art. 17');
  });
});
