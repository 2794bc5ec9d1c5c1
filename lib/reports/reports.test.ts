import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { runJob, type Task } from '@/lib/jobs/run-job';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { ReportDto, ReportWish } from '@/lib/schema/reports';
import type { Role } from '@/lib/schema/vocabulary';
import { viewRecords } from '@/lib/screens/view-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { askReport, readLines, refusalOf, reportTask, reportWish, runReportJob, takeReport } from '@/lib/testing/ask-report';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { signedLedger } from '@/lib/testing/make-evidence';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { cancelReport, downloadReport, readReport, readReports, requestReport } from './manage-reports';
import { dropExpiredReports, REPORT } from './run-report';

const COUNT = 2_345;
const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;
let db: TestDatabase;
let ledger: LedgerRow;
let drop: () => void;
let officer: Viewer;
const never = new AbortController().signal;

beforeAll(async () => {
  db = await freshDatabase();
  const records = Array.from({ length: COUNT }, (_, i) =>
    agentRecord({
      conversation_id: `c-${i % 60}`,
      subject_id: `P-${i % 9}`,
      timestamp: new Date(Date.UTC(2026, 10, 20, 12, 0, i)).toISOString(),
      details: { tool: i === 5 ? '=HYPERLINK("http://x","y")' : `lookup-${i}`, note: 'a \u202e b' },
    }),
  );
  ({ ledger, drop } = await signedLedger(db, 'clinic', records));
  officer = await viewerAs('compliance_officer');
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  drop();
});

async function viewerAs(role: Role, zone = 'Europe/Berlin'): Promise<Viewer> {
  const viewer = await makeViewer({ [ledger.id]: role, [db.ledgers.access]: role });
  return { ...viewer, person: { ...viewer.person, zone } };
}
const ask = (part: Partial<ReportWish>, viewer = officer) => askReport(viewer, ledger.slug, part);
const take = (made: ReportDto, format: string) => takeReport(officer, made, format);

describe('a report of records', () => {
  it('has every row that the screen shows page by page, in its order, however many pages that is', async () => {
    for (const query of ['', 'subject=P-3', 'conversation=c-7&subject=P-7', 'q=tool%3Alookup-17']) {
      const shown: string[] = [];
      for (let older: string | null = null; ; ) {
        const params = new URLSearchParams(`${query}&ledger=${ledger.slug}${older === null ? '' : `&older=${older}`}`);
        const page: Awaited<ReturnType<typeof viewRecords>> = await viewRecords(officer, { params });
        shown.push(...page.rows.map(({ seq }) => seq));
        older = page.older;
        if (older === null) break;
      }
      const made = await ask({ query });
      expect([made.state, made.rows]).toEqual(['done', shown.length]);
      expect(readLines(await take(made, 'jsonl')).map(({ seq }) => seq)).toEqual(shown);
      expect((await take(made, 'csv')).toString().split('\r\n')).toHaveLength(shown.length + 2);
    }
  }, 120_000);

  it('keeps each body in the bytes that are hashed, and a formula of it inert in the CSV', async () => {
    const made = await ask({ query: 'q=tool%3Alookup-17%20' });
    expect(made.rows).toBe(1);
    const all = await ask({ query: '' });
    const jsonl = await take(all, 'jsonl');
    const line = jsonl
      .toString()
      .split('\n')
      .find((one) => one.includes('HYPERLINK'))!;
    const { seq, body_hash } = JSON.parse(line);
    const body = line.slice(line.indexOf('"body":') + 7, -1);
    const [stored] = await prisma().$queryRaw<{ body: Uint8Array; hash: Uint8Array }[]>`
      SELECT r.body, e.body_hash AS hash FROM records r JOIN entries e USING (ledger_id, seq) WHERE ledger_id = ${ledger.id} AND seq = ${BigInt(seq)}`;
    expect(Buffer.from(body).equals(Buffer.from(stored!.body))).toBe(true);
    expect(Buffer.from(stored!.hash).toString('hex')).toBe(body_hash);
    const csv = (await take(all, 'csv')).toString();
    expect(csv).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(csv).not.toMatch(/"[=+@\t]/);
  }, 60_000);

  it('keeps the SHA-256 of each file, which the access ledger has too, and which the file has', async () => {
    const made = await ask({ query: 'subject=P-1' });
    expect(made.files.map(({ format }) => format)).toEqual(['csv', 'jsonl', 'pdf', 'about']);
    const [entry] = (await accessRecords(db.ledgers.access)).filter(
      (record) => record.resource_id === made.id && (record.details as { change?: string }).change === 'made',
    );
    for (const { format, sha256, bytes } of made.files) {
      const file = await take(made, format);
      expect(file).toHaveLength(bytes);
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
      expect((entry!.details as { sha256: string[] }).sha256).toContain(`${format} ${sha256}`);
    }
    const about = JSON.parse((await take(made, 'about')).toString());
    expect(about).toMatchObject({
      rows: made.rows,
      filters: { subject: 'P-1' },
      time_zone: 'Europe/Berlin',
      as_of: String(COUNT - 1),
      checkpoint: { size: String(COUNT), root: made.checkpoint!.root },
    });
    expect(about.files.map(({ sha256 }: { sha256: string }) => sha256)).toEqual(made.files.slice(0, 3).map(({ sha256 }) => sha256));
    expect(about.integrity[0]).toContain(`Every entry up to #${(COUNT - 1).toLocaleString('en')} lies under checkpoint 1`);
  });

  it('has the columns that were chosen, in the order of the list, and times in the zone of whoever asked', async () => {
    const made = await ask({ query: 'conversation=c-1', columns: ['purpose', 'time', 'seq'] });
    expect(made.columns).toEqual(['seq', 'time', 'purpose']);
    const [head, first] = (await take(made, 'csv')).toString().slice(1).split('\r\n');
    expect(head).toBe('"No.","Happened","Purpose"');
    expect(first).toMatch(/^"#2,341","2026-11-20 13:39:01 UTC\+01:00",""$/);
    expect(await refusalOf(requestReport(officer, ledger.slug, reportWish({ columns: ['words'] })))).toBe('format');
  });

  it('is of the moment in which it was asked for: what comes later is not in it', async () => {
    const { id } = await requestReport(officer, ledger.slug, reportWish({ query: 'subject=P-new' }));
    await appendRecords(ledger.id, [prepareAgentRecord(agentRecord({ subject_id: 'P-new' }), SOURCE)]);
    await runReportJob(id);
    expect((await readReport(officer, ledger.slug, id)).rows).toBe(0);
  });
});

describe('who may', () => {
  it('export is a compliance officer, who has said again who they are', async () => {
    for (const role of ['auditor', 'administrator'] as const) {
      const other = await viewerAs(role);
      expect(await refusalOf(requestReport(other, ledger.slug, reportWish({ kind: 'verifications' })))).toBe('forbidden');
      expect(await refusalOf(readReports(other, ledger.slug, null))).toBe('forbidden');
    }
    const late = { ...officer, confirmedAt: new Date(Date.now() - 600_000) };
    expect(await refusalOf(requestReport(late, ledger.slug, reportWish({})))).toBe('reauthentication_required');
    const made = await ask({ kind: 'verifications' });
    expect(await refusalOf(downloadReport(late, ledger.slug, made.id, 'csv'))).toBe('reauthentication_required');
    const stranger = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
    expect(await refusalOf(downloadReport(stranger, ledger.slug, made.id, 'csv'))).toBe('not_found');
    expect(await refusalOf(downloadReport(stranger, 'main', made.id, 'csv'))).toBe('not_found');
  });

  it('narrow a list by what was said is nobody, and nobody can make words part of one', async () => {
    expect(await refusalOf(requestReport(officer, ledger.slug, reportWish({ query: 'q=said%3Adiagnosis' })))).toBe('format');
    expect(await refusalOf(requestReport(officer, ledger.slug, reportWish({ query: 'subjekt=P-3' })))).toBe('format');
  });
});

describe('the access ledger', () => {
  it('has that a report was asked for, made and taken, each before it was', async () => {
    const { id } = await requestReport(officer, ledger.slug, reportWish({ query: 'subject=P-2' }));
    const of = async () =>
      (await accessRecords(db.ledgers.access))
        .filter((record) => record.resource_id === id)
        .map(({ action, details }) => [action, (details as { change?: string }).change]);
    expect(await of()).toEqual([['export_created', undefined]]);
    await runReportJob(id);
    expect(await of()).toEqual([
      ['export_created', undefined],
      ['export_created', 'made'],
    ]);
    const { pieces } = await downloadReport(officer, ledger.slug, id, 'pdf');
    // Not a byte has left yet.
    expect((await of()).at(-1)).toEqual(['export_downloaded', undefined]);
    expect((await pieces.next()).done).toBe(false);
  });

  it('that cannot be written lets nothing be asked for, and nothing be taken', async () => {
    const made = await ask({ query: 'subject=P-2' });
    const before = await prisma().job.count({ where: { kind: REPORT } });
    await asAdmin(db.adminUrl, (client) => client.query('REVOKE EXECUTE ON FUNCTION append_entries FROM holdfast_app').then(() => {}));
    try {
      expect(await refusalOf(requestReport(officer, ledger.slug, reportWish({})))).toBe('audit_unavailable');
      expect(await refusalOf(downloadReport(officer, ledger.slug, made.id, 'csv'))).toBe('audit_unavailable');
      expect(await prisma().job.count({ where: { kind: REPORT } })).toBe(before);
    } finally {
      await asAdmin(db.adminUrl, (client) => client.query('GRANT EXECUTE ON FUNCTION append_entries TO holdfast_app').then(() => {}));
    }
  });
});

describe('a report that is being made', () => {
  it('is cancelled, and leaves no pieces', async () => {
    const { id } = await requestReport(officer, ledger.slug, reportWish({}));
    expect((await cancelReport(officer, ledger.slug, id)).state).toBe('cancelled');
    expect(await refusalOf(cancelReport(officer, ledger.slug, id))).toBe('conflict');
    await runReportJob(id);
    expect(await refusalOf(downloadReport(officer, ledger.slug, id, 'csv'))).toBe('conflict');
    const going = await requestReport(officer, ledger.slug, reportWish({}));
    const stop = new AbortController();
    const stopping: Task = (job) =>
      reportTask({
        ...job,
        progress: (done, total) => {
          job.progress(done, total);
          if (done > 500) stop.abort();
        },
      });
    await runJob(going.id, { [REPORT]: stopping }, stop.signal);
    expect((await readReport(officer, ledger.slug, going.id)).state).toBe('queued');
    await cancelReport(officer, ledger.slug, going.id);
    await dropExpiredReports();
    expect((await pool('screens').query('SELECT 1 FROM report_pieces WHERE report_id = ANY ($1)', [[id, going.id]])).rowCount).toBe(0);
  });

  it('by two processes at once is the file of one of them', async () => {
    const { id } = await requestReport(officer, ledger.slug, reportWish({ query: 'subject=P-4' }));
    await runJob(
      id,
      {
        [REPORT]: async (job) => {
          const keep = await reportTask(job);
          // The other one, which was only thought dead, writes on.
          await pool('screens').query(
            `INSERT INTO report_pieces (report_id, attempt, format, ordinal, bytes) SELECT $1, gen_random_uuid(), 'csv', n, '\\x00' FROM generate_series(0, 9) n`,
            [id],
          );
          return keep;
        },
      },
      never,
    );
    const made = await readReport(officer, ledger.slug, id);
    expect(
      createHash('sha256')
        .update(await take(made, 'csv'))
        .digest('hex'),
    ).toBe(made.files.find(({ format }) => format === 'csv')!.sha256);
    await dropExpiredReports();
    expect((await pool('screens').query(`SELECT DISTINCT attempt FROM report_pieces WHERE report_id = $1`, [id])).rowCount).toBe(1);
    expect(
      createHash('sha256')
        .update(await take(made, 'csv'))
        .digest('hex'),
    ).toBe(made.files.find(({ format }) => format === 'csv')!.sha256);
  });

  it('expires; its line and its hashes stay, and can be neither changed nor removed', async () => {
    const made = await ask({ query: 'subject=P-5' });
    await expect(pool('screens').query('UPDATE reports SET rows = 1 WHERE id = $1', [made.id])).rejects.toThrow('refused');
    await expect(pool('screens').query('UPDATE report_files SET sha256 = sha256 WHERE report_id = $1', [made.id])).rejects.toThrow(
      'permission denied',
    );
    await asAdmin(db.adminUrl, async (client) => {
      await client.query("SET session_replication_role = 'replica'");
      await expect(client.query('DELETE FROM report_files WHERE report_id = $1', [made.id])).rejects.toThrow('refused');
      await client.query('ALTER TABLE reports DISABLE TRIGGER append_only_row');
      await client.query("UPDATE reports SET expires_at = now() - interval '1 s' WHERE id = $1", [made.id]);
      await client.query('ALTER TABLE reports ENABLE ALWAYS TRIGGER append_only_row');
    });
    await dropExpiredReports();
    const gone = await readReport(officer, ledger.slug, made.id);
    expect(gone.state).toBe('expired');
    expect(gone.files).toEqual(made.files);
    expect(await refusalOf(downloadReport(officer, ledger.slug, made.id, 'csv'))).toBe('expired');
    const listed = await readReports(officer, ledger.slug, null);
    expect(listed.rows.map(({ id }) => id)).toContain(made.id);
  });
});
