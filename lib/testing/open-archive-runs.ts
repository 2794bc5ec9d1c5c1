import path from 'node:path';
import { afterEach, vi } from 'vitest';
import { forgetStores } from '@/lib/archive/store-looks';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { runArchive, runRestore } from '@/lib/retention/run-archive';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from './agent-record';
import { recount } from './destroyable-ledger';
import { makeViewer } from './make-person';
import { folder, newLedger, openArchive } from './open-archive';

/** Call it at the top of a test file that starts runs of archival: each test has a store and a clock of its own. */
export function openArchiveRuns(): void {
  openArchive();
  afterEach(() => {
    forgetStores();
    delete process.env.ARCHIVE_DIR;
    delete process.env.ARCHIVE_BUCKET;
    vi.useRealTimers();
  });
}

/** Of 2020 under HIPAA (6 years from when it is recorded; hot for one), of 2020 and of this year under none (default: one year from the event). */
const OLD = '2020-03-01T12:00:00.000Z';
const NEW = '2026-11-20T12:00:00.000Z';
const records = (count = 12): RecordInput[] =>
  Array.from({ length: count }, (_, i) =>
    agentRecord({
      conversation_id: `talk-${i % 3}`,
      timestamp: i % 4 === 0 ? NEW : OLD,
      ...(i % 4 === 1 && { domains: ['hipaa'] }),
      ...(i % 4 === 2 && { domains: ['soc2'] }),
    }),
  );

/** Signed and counted, with a compliance officer and an auditor; new segments go to `place`, a folder. */
export async function mixedLedger(
  list = records(),
): Promise<{ ledger: LedgerRow; slug: string; officer: Viewer; auditor: Viewer; place: string }> {
  const ledger = await newLedger(list);
  await recount(ledger.id);
  const place = path.join(folder, ledger.slug);
  process.env.ARCHIVE_DIR = place;
  const [officer, auditor] = [await makeViewer({ [ledger.id]: 'compliance_officer' }), await makeViewer({ [ledger.id]: 'auditor' })];
  return { ledger, slug: ledger.slug, officer, auditor, place };
}

const never = new AbortController().signal;
/** As the worker does. */
export async function work(id: string): Promise<void> {
  await runJob(id, { archive: runArchive, restore: runRestore }, never);
}

/** How many records are in the database. */
export const countHot = (ledger: LedgerRow): Promise<number> => prisma().record.count({ where: { ledger_id: ledger.id } });
