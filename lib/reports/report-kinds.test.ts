import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { ReportDto, ReportWish } from '@/lib/schema/reports';
import { viewConversations } from '@/lib/screens/view-conversations';
import { agentRecord } from '@/lib/testing/agent-record';
import { askReport, readLines, refusalOf, reportWish, takeReport } from '@/lib/testing/ask-report';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { signedLedger } from '@/lib/testing/make-evidence';
import { makeViewer } from '@/lib/testing/make-person';
import { requestReport } from './manage-reports';

let db: TestDatabase;
let ledger: LedgerRow;
let drop: () => void;
let officer: Viewer;

beforeAll(async () => {
  db = await freshDatabase();
  const records = Array.from({ length: 120 }, (_, i) => agentRecord({ conversation_id: `c-${i % 60}`, subject_id: `P-${i % 9}` }));
  ({ ledger, drop } = await signedLedger(db, 'clinic', records));
  officer = await makeViewer({ [ledger.id]: 'compliance_officer', [db.ledgers.access]: 'compliance_officer' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  drop();
});

const ask = (part: Partial<ReportWish>) => askReport(officer, ledger.slug, part);
const take = (made: ReportDto, format: string) => takeReport(officer, made, format);

describe('other lists', () => {
  it('has the conversations that the screen shows, in its order', async () => {
    const page = await viewConversations(officer, { params: new URLSearchParams(`ledger=${ledger.slug}`) });
    const made = await ask({ kind: 'conversations' });
    expect(readLines(await take(made, 'jsonl')).map(({ conversation_id }) => conversation_id)).toEqual(
      page.rows.map(({ conversation_id }) => conversation_id),
    );
    expect((await ask({ kind: 'conversations', query: 'id=c-1' })).rows).toBe(11);
  });

  it('has the access log, whatever ledger is open, and only for whoever may export from it', async () => {
    const made = await ask({ kind: 'access_log', query: 'action=export_created' });
    expect(made.ledger).toBe('access');
    const rows = readLines(await take(made, 'jsonl'));
    expect(rows.length).toBe(made.rows);
    expect(rows.every(({ body }) => body.action === 'export_created')).toBe(true);
    // The report itself was asked for in the same transaction, behind the last entry that it is of.
    expect(rows.some(({ body }) => body.resource_id === made.id)).toBe(false);
    const here = await makeViewer({ [ledger.id]: 'compliance_officer' });
    expect(await refusalOf(requestReport(here, ledger.slug, reportWish({ kind: 'access_log' })))).toBe('not_found');
  });

  it('has runs of one moment each once, across pages', async () => {
    await asAdmin(db.adminUrl, async (client) => {
      await client.query(
        `WITH made AS (INSERT INTO jobs (kind, ledger_id, params, state, requested_by) SELECT 'verification', $1, '{}', 'done', 'ada' FROM generate_series(1, 450) RETURNING id)
         INSERT INTO verifications (id, ledger_id, scope_kind, verdict, requested_at) SELECT id, $1, 'ledger', 'valid', '2026-10-03T10:00:00Z' FROM made`,
        [ledger.id],
      );
    });
    const rows = readLines(await take(await ask({ kind: 'verifications' }), 'jsonl'));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(450);
    expect(rows).toHaveLength(450);
  });

  it('has holds as they stood, and what is kept by policy and month', async () => {
    expect((await ask({ kind: 'holds' })).rows).toBe(0);
    await asAdmin(db.adminUrl, async (client) => {
      await client.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) VALUES ($1, '=Smith v. Clinic', 'subject', 'P-1', 'letter of 3 May', 'ada')`,
        [ledger.id],
      );
    });
    const holds = await ask({ kind: 'holds' });
    expect(readLines(await take(holds, 'jsonl'))).toMatchObject([
      { number: 1, matter: '=Smith v. Clinic', scope: { kind: 'subject', value: 'P-1' } },
    ]);
    expect((await take(holds, 'csv')).toString()).toContain(`"#1","'=Smith v. Clinic","Subject P-1","Stands",`);
    const kept = await ask({ kind: 'retention' });
    expect(kept.state).toBe('done');
    const archival = randomUUID();
    await asAdmin(db.adminUrl, async (client) => {
      await client.query(
        `INSERT INTO jobs (id, kind, ledger_id, params, state, requested_by) VALUES ($1, 'archive', $2, '{}', 'done', 'ada')`,
        [archival, ledger.id],
      );
      await client.query(
        `INSERT INTO archive_runs (id, ledger_id, kind, triggered_by, requested_by, records, pruned, held, altered, outcome, finished_at)
         VALUES ($1, $2, 'archive', 'person', 'ada', 24, 20, 1, 3, 'Three were left', now())`,
        [archival, ledger.id],
      );
    });
    const runs = await ask({ kind: 'archive_runs' });
    expect(runs.state).toBe('done');
    const csv = (await take(runs, 'csv')).toString();
    expect(csv).toContain('"Records","Left the database","Held back","Left as altered","Outcome"');
    expect(csv).toContain('"24","20","1","3","Three were left"');
    expect(readLines(await take(runs, 'jsonl'))).toMatchObject([{ id: archival, altered: '3' }]);
  });
});

describe('a month for the file of an audit', () => {
  it('says what was signed, verified and found, and on which days nothing was signed', async () => {
    const broken = randomUUID();
    await asAdmin(db.adminUrl, async (client) => {
      await client.query(
        `INSERT INTO jobs (id, kind, ledger_id, params, state, requested_by) VALUES ($1, 'verification', $2, '{}', 'done', 'ada')`,
        [broken, ledger.id],
      );
      await client.query(
        `INSERT INTO verifications (id, ledger_id, scope_kind, verdict, breaks_total, requested_at) VALUES ($1, $2, 'ledger', 'tampered', 1200, '2026-10-04T10:00:00Z')`,
        [broken, ledger.id],
      );
      await client.query(
        `INSERT INTO verification_breaks (verification_id, ordinal, seq, code, expected, found) SELECT $1, i, i, 'body_altered', 'x', '=y' FROM generate_series(0, 1199) i`,
        [broken],
      );
    });
    const made = await ask({ kind: 'integrity_month', query: 'month=2026-10', formats: ['csv', 'pdf'] });
    expect([made.state, made.rows]).toEqual(['done', 451 + 1200]);
    const rows = readLines(await take(made, 'jsonl'));
    expect(rows.filter(({ section }) => section === 'break').map(({ data }) => data.ordinal)).toEqual(
      Array.from({ length: 1200 }, (_, i) => i),
    );
    const now = new Date().toISOString().slice(0, 7);
    const current = await ask({ kind: 'integrity_month', query: `month=${now}` });
    expect(readLines(await take(current, 'jsonl')).filter(({ section }) => section === 'checkpoints')).toHaveLength(1);
    for (const query of ['', 'month=2026-13', 'month=2026-10&subject=x']) {
      expect(await refusalOf(requestReport(officer, ledger.slug, reportWish({ kind: 'integrity_month', query })))).toBe('format');
    }
  });

  it('says what was kept by which rules', async () => {
    const made = await ask({ kind: 'retention_month', query: `month=${new Date().toISOString().slice(0, 7)}` });
    expect([made.state, made.error]).toEqual(['done', null]);
    const rows = readLines(await take(made, 'jsonl'));
    expect(
      rows
        .filter(({ section }) => section === 'Policy in force')
        .map(({ data }) => data.policy.code)
        .sort(),
    ).toEqual(['default', 'financial', 'hipaa', 'soc2']);
    expect(rows.filter(({ section }) => section === 'Policies changed')).toHaveLength(1);
  });
});
