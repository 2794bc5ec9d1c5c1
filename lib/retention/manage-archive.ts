import 'server-only';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { ownStore } from '@/lib/archive/open-store';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { cancelJob } from '@/lib/jobs/cancel-job';
import { countOpen } from '@/lib/jobs/count-open';
import { enqueue, wakeQueue } from '@/lib/jobs/queue';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findArchiveRun } from '@/lib/ledger/read-archive';
import { readPolicies } from '@/lib/ledger/read-retention';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import { RefusalError } from '@/lib/schema/errors';
import type { Prisma } from '@/prisma/generated/client';
import { databaseTime } from './read-clock';
import { ARCHIVE, NO_STORE, RESTORE, STAYS_WHOLE } from './run-archive';

const SCREEN = '/api/v1/archive';
/** Runs that may wait or go on for one ledger: one works at a time. */
const OPEN_RUNS = 3;
const HOT_DAYS = 30;

/** Writes a run and its job in the caller's transaction; call wakeQueue when that is committed. @throws RefusalError conflict */
export async function insertArchiveRun(
  tx: Prisma.TransactionClient,
  ledgerId: number,
  run: {
    kind: typeof ARCHIVE | typeof RESTORE;
    scope: Record<string, string>;
    params: Record<string, string>;
    requestedBy: string;
    scheduled?: boolean;
  },
): Promise<string> {
  const open = await countOpen(tx, ledgerId, [ARCHIVE, RESTORE]);
  if (open >= OPEN_RUNS)
    throw new RefusalError('conflict', `${open} runs of the archive of this ledger wait or go on; wait for one, or cancel it.`);
  const id = await enqueue(tx, { kind: run.kind, ledgerId, params: run.params, requestedBy: run.requestedBy });
  await tx.$executeRaw`
    INSERT INTO archive_runs (id, ledger_id, kind, triggered_by, requested_by, scope)
    VALUES (${id}::uuid, ${ledgerId}, ${run.kind}, ${run.scheduled ? 'schedule' : 'person'}, ${run.requestedBy}, ${JSON.stringify(run.scope)}::jsonb)`;
  return id;
}

/** Starts a run: all that may leave hot storage, or of it what a policy applies to. @throws RefusalError archive_refused; not_found; conflict; and as auditedChange */
export async function startArchive(viewer: Viewer, asked: string | null, policy?: string): Promise<ArchiveRunDto> {
  const { id, ledger } = await start(
    viewer,
    asked,
    'archive.run',
    `${SCREEN}/runs`,
    async (tx, ledger) => {
      if (ownStore() === null) throw new RefusalError('archive_refused', NO_STORE);
      if (policy !== undefined) await assertPolicy(tx, ledger, policy);
      const scope: Record<string, string> = policy === undefined ? {} : { policy };
      return insertArchiveRun(tx, ledger.id, { kind: ARCHIVE, scope, params: scope, requestedBy: byOf(viewer) });
    },
    policy === undefined ? {} : { policy },
  );
  return (await findArchiveRun(prisma(), ledger.id, id))!;
}

/** Puts archived records of a range back for a while. @throws RefusalError out_of_range; conflict; and as auditedChange */
export async function startRestore(
  viewer: Viewer,
  asked: string | null,
  wish: { from: string; to: string; days?: number; reason: string },
): Promise<ArchiveRunDto> {
  const { from, reason } = wish;
  if (BigInt(from) > BigInt(wish.to))
    throw new RefusalError('out_of_range', 'A range ends at or after the position where it begins.', '/to');
  const hotUntil = new Date((await databaseTime()).getTime() + (wish.days ?? HOT_DAYS) * 86_400_000).toISOString();
  let to = wish.to;
  const { id, ledger } = await start(
    viewer,
    asked,
    'archive.run',
    `${SCREEN}/restores`,
    async (tx, ledger) => {
      const [found] = await tx.$queryRaw<{ any: boolean; head: bigint | null }[]>`
      SELECT (SELECT max(seq) FROM entries WHERE ledger_id = ${ledger.id}) AS head,
             EXISTS (SELECT FROM archive_segments WHERE ledger_id = ${ledger.id} AND state IN ('confirmed', 'pruned')
                        AND first_seq <= ${BigInt(wish.to)} AND last_seq >= ${BigInt(from)}) AS any`;
      if (!found!.any) throw new RefusalError('out_of_range', 'Nothing of this range is archived.', '/from');
      // "Everything" is asked for by a number beyond the last entry.
      if (found!.head !== null && BigInt(to) > found!.head) to = String(found!.head);
      return insertArchiveRun(tx, ledger.id, {
        kind: RESTORE,
        scope: { from, to, reason },
        params: { from, to, hot_until: hotUntil },
        requestedBy: byOf(viewer),
      });
    },
    { restore: { from, to: wish.to }, until: hotUntil, reason },
  );
  return (await findArchiveRun(prisma(), ledger.id, id))!;
}

/** How long a caller waits for a run to end before it is told that it goes on. */
const PATIENCE_MS = 50_000;

/**
 * The call that the first product had: archives what is expired under a policy, and says how many records went where. "Expired" is decided by the policies in force
 * and by holds, and nothing leaves before its copy is confirmed.
 * @throws RefusalError as {@link startArchive}; archive_refused with what stopped it
 */
export async function archiveExpiredLogs(
  viewer: Viewer,
  asked: string | null,
  policy: string,
): Promise<{ archived: number; path: string; run: ArchiveRunDto }> {
  const begun = await startArchive(viewer, asked, policy);
  const { ledger } = await grant(viewer, await chooseLedger(viewer, asked), 'archive.run', `${SCREEN}/expired-logs`);
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const run = (await findArchiveRun(prisma(), ledger.id, begun.id))!;
    if (run.state === 'failed') throw new RefusalError('archive_refused', run.outcome ?? undefined);
    if ((run.state !== 'queued' && run.state !== 'running') || Date.now() > until)
      return { archived: Number(run.records), path: ownStore()?.place ?? '', run };
    await sleep(250);
  }
}

/** @throws RefusalError not_found; conflict where it has ended already; and as auditedChange */
export async function cancelArchiveRun(viewer: Viewer, asked: string | null, id: string): Promise<ArchiveRunDto> {
  const what = {
    action: 'archive_run' as const,
    screen: `${SCREEN}/runs/{id}/cancel`,
    resource: { type: 'archive_run', id },
    details: { change: 'cancelled' },
  };
  const ledger = await auditedChange(viewer, await chooseLedger(viewer, asked), 'archive.run', what, async (tx, granted) => {
    found(await findArchiveRun(tx, granted.ledger.id, id));
    if (!(await cancelJob(tx, id))) throw new RefusalError('conflict', 'This run has ended already.');
    return granted.ledger;
  });
  return found(await findArchiveRun(prisma(), ledger.id, id));
}

/** While it goes on a page asks every second, and is told counts alone (lib/access-log/exemptions.ts). @throws RefusalError not_found, and as auditedRead */
export async function readArchiveRun(viewer: Viewer, asked: string | null, id: string): Promise<ArchiveRunDto> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/runs/{id}`;
  const { ledger } = await grant(viewer, slug, 'archive.read', screen);
  const run = found(await findArchiveRun(prisma(), ledger.id, id));
  if (run.state === 'queued' || run.state === 'running') return run;
  return auditedRead(viewer, slug, 'archive.read', { action: 'screen_viewed', screen, details: { run: id } }, async () => run);
}

/** When archival starts by itself, or not. @throws RefusalError as auditedChange */
export async function setSchedule(
  viewer: Viewer,
  asked: string | null,
  wish: { on: boolean; at?: string },
): Promise<{ on: boolean; at: string }> {
  const what = { action: 'policy_changed' as const, screen: `${SCREEN}/schedule`, details: { archive_schedule: wish } };
  return auditedChange(viewer, await chooseLedger(viewer, asked), 'archive.run', what, async (tx, { ledger }) => {
    if (wish.on) assertLeaves(ledger);
    const [row] = await tx.$queryRaw<{ scheduled: boolean; at: string }[]>`
      INSERT INTO archive_settings AS s (ledger_id, scheduled, at, changed_by) VALUES (${ledger.id}, ${wish.on}, ${wish.at ?? '03:00'}::time, ${byOf(viewer)})
      ON CONFLICT (ledger_id) DO UPDATE SET scheduled = EXCLUDED.scheduled, at = coalesce(${wish.at ?? null}::time, s.at), changed_by = EXCLUDED.changed_by, changed_at = now()
      RETURNING scheduled, to_char(at, 'HH24:MI') AS at`;
    return { on: row!.scheduled, at: row!.at };
  });
}

async function start(
  viewer: Viewer,
  asked: string | null,
  permission: 'archive.run',
  screen: string,
  insert: (tx: Prisma.TransactionClient, ledger: LedgerRow) => Promise<string>,
  details: Record<string, unknown>,
): Promise<{ id: string; ledger: LedgerRow }> {
  const record = ({ id }: { id: string }) => ({ action: 'archive_run' as const, screen, resource: { type: 'archive_run', id }, details });
  const made = await auditedChange<{ id: string; ledger: LedgerRow }>(
    viewer,
    await chooseLedger(viewer, asked),
    permission,
    record,
    async (tx, { ledger }) => {
      assertLeaves(ledger);
      return { id: await insert(tx, ledger), ledger };
    },
  );
  await wakeQueue([made.id]);
  return made;
}

function assertLeaves(ledger: LedgerRow): void {
  if (ledger.kind === 'access') throw new RefusalError('archive_refused', STAYS_WHOLE);
}

async function assertPolicy(tx: Prisma.TransactionClient, ledger: LedgerRow, policy: string): Promise<void> {
  const { policies } = await readPolicies(tx, ledger.id);
  if (!policies.some(({ code, on }) => on && code === policy))
    throw new RefusalError('enum', `The policy "${policy}" is not on for this ledger.`, '/policy');
}

function byOf(viewer: Viewer): string {
  return viewer.person.email || viewer.person.name;
}

function found(run: ArchiveRunDto | null): ArchiveRunDto {
  if (run === null) throw new RefusalError('not_found', 'There is no such run of this ledger.');
  return run;
}
