import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { countRetention } from '@/lib/ledger/count-retention';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
export let db: TestDatabase;
/** Two compliance officers and an auditor of the ledger. */
export let officer: Viewer;
export let second: Viewer;
export let auditor: Viewer;
export let slug: string;
export let ledger: number;
/** Call it at the top of a test file: each test has a ledger of its own. */
export function openRetentionLedger(): void {
  beforeAll(async () => {
    db = await freshDatabase();
  });
  beforeEach(async () => {
    slug = `r-${randomUUID().slice(0, 8)}`;
    ledger = await asAdmin(db.adminUrl, async (c) => {
      const { rows } = await c.query("SELECT create_ledger($1, $2, 'agents', $1, false) AS id", [slug, `test.example/ledgers/${slug}`]);
      return rows[0].id as number;
    });
    officer = await makeViewer({ [ledger]: 'compliance_officer' });
    second = await makeViewer({ [ledger]: 'compliance_officer' });
    auditor = await makeViewer({ [ledger]: 'auditor' });
  });
  afterAll(async () => {
    await closeAppenders();
    await closeDatabase();
    await db.drop();
  });
}

/** `registry` in details is the server's, so that these go round the door. */
export async function append(...records: (Partial<RecordInput> & { mark?: unknown })[]): Promise<string[]> {
  const prepared = records.map(({ mark, ...one }) => {
    const input = agentRecord(one);
    return prepareAgentRecord(input, SOURCE, mark === undefined ? undefined : { details: { ...input.details, registry: mark } });
  });
  await appendRecords(ledger, prepared);
  return prepared.map(({ id }) => id);
}
export const countAll = async () => {
  while ((await countRetention(ledger))?.caughtUp === false);
};
/** Noon of a day. */
export const at = (day: string) => `${day}T12:00:00.000Z`;
/** The first moment of a day, in milliseconds. */
export const on = (day: string) => Date.parse(`${day}T00:00:00Z`);
/** Bodies of the access ledger with this action, oldest first. */
export const entries = async (action: string) =>
  (await accessRecords(db.ledgers.access)).filter((record) => record.action === action) as { details: Record<string, unknown> }[];
/** The day on which the ledger's last record was recorded. */
export const recordedDay = async () => {
  const [row] = await prisma().$queryRaw<{ day: string }[]>`
    SELECT day_recorded(received_at_us)::text AS day FROM entries WHERE ledger_id = ${ledger} ORDER BY seq DESC LIMIT 1`;
  return row!.day;
};
/** So many years later, of a day that is no 29 February. */
export const later = (day: string, years: number) => `${Number(day.slice(0, 4)) + years}${day.slice(4)}`;
