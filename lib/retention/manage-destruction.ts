import 'server-only';
import { hash, randomUUID } from 'node:crypto';
import type { AccessWhat } from '@/lib/access-log/access-entry';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { sqlState } from '@/lib/archive/archive-fault';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { cancelJob } from '@/lib/jobs/cancel-job';
import { lockOpen } from '@/lib/jobs/count-open';
import { enqueue, wakeQueue } from '@/lib/jobs/queue';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findDestruction, readDestructionItems } from '@/lib/ledger/read-destructions';
import { sayFound } from '@/lib/policy/destruction-say';
import type { Permission } from '@/lib/policy/permissions';
import type { DestructionDto, DestructionPreview, DestructionScope, DestructionWish } from '@/lib/schema/destruction';
import { RefusalError } from '@/lib/schema/errors';
import type { AccessAction } from '@/lib/schema/vocabulary';
import { DESTRUCTION } from './run-destruction';
import { pagesBetween, sayPositions, surveyNamed, surveyScope } from './survey-destruction';

const SCREEN = '/api/v1/destructions';
const PATIENCE_MS = 60_000;
/** Requests of a ledger that may wait for a second person at once. */
const WAITING = 50;

/** What of a scope could be destroyed now, record by record; nothing is asked for. @throws RefusalError as auditedRead */
export async function previewDestruction(viewer: Viewer, asked: string | null, scope: DestructionScope): Promise<DestructionPreview> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/preview`, ...aboutScope(scope) };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'destruction.request', what, async ({ ledger }) => {
    const { found } = await surveyScope(ledger, scope);
    return { scope, found, say: sayFound(found) };
  });
}

/**
 * Names the records of a scope that are past their minimum and under no hold, and asks for their destruction. Nothing goes until another person has approved it.
 * @throws RefusalError reauthentication_required; destruction_refused where nothing is due, with what stands against it; and as auditedChange
 */
export async function requestDestruction(viewer: Viewer, asked: string | null, wish: DestructionWish): Promise<DestructionDto> {
  const { scope, authority, reason } = wish;
  const slug = await chooseLedger(viewer, asked);
  const { ledger: chosen } = await grant(viewer, slug, 'destruction.request', SCREEN);
  requireConfirmed(viewer);
  if (chosen.kind === 'access')
    throw new RefusalError('destruction_refused', 'The access ledger is the record of what was done; nothing of it is destroyed.');
  const { found, ranges } = await surveyScope(chosen, scope);
  if (found.due === 0) throw new RefusalError('destruction_refused', `${sayFound(found)} Nothing was asked for.`);
  const id = randomUUID();
  const positions = sayPositions(ranges);
  const record = (made: DestructionDto): AccessWhat => ({
    action: 'destruction_requested',
    screen: SCREEN,
    resource: { type: 'destruction', id },
    ...(scope.kind === 'subject' && { subjectId: scope.value }),
    details: {
      destruction: id,
      number: made.number,
      scope,
      authority,
      reason,
      records: made.records,
      positions_sha256: sha256Hex(positions),
      policies_version: found.policies_version,
    },
  });
  return auditedChange<DestructionDto>(
    viewer,
    slug,
    'destruction.request',
    record,
    async (tx, { ledger }) => {
      await lockOpen(tx, ledger.id);
      const [{ waiting }] = await tx.$queryRaw<[{ waiting: number }]>`
        SELECT count(*)::int AS waiting FROM destructions WHERE ledger_id = ${ledger.id} AND state = 'requested'`;
      if (waiting >= WAITING)
        throw new RefusalError(
          'conflict',
          `${waiting} requests of this ledger wait for a second person; have some approved, declined or withdrawn first.`,
        );
      const [value, until] = [scope.kind === 'range' ? '' : scope.value, scope.kind === 'policy' ? scope.until : null];
      const [from, to] = scope.kind === 'range' ? [BigInt(scope.from), BigInt(scope.to)] : [null, null];
      await refused(
        tx.$queryRaw`
        SELECT request_destruction(${id}::uuid, ${ledger.id}::int, ${scope.kind}::text, ${value}::text, ${until}::date, ${from}::bigint, ${to}::bigint, ${authority}::text,
                                   ${reason}::text, ${positions}::text, ${JSON.stringify(found)}::jsonb, ${viewer.person.email}::text, ${viewer.person.id}::uuid)`,
      );
      return (await findDestruction(tx, ledger.id, id, viewer.person.id))!;
    },
    PATIENCE_MS,
  );
}

/**
 * The second person: what the request names is decided anew, and the work begins. What is held or not due any more by then stays.
 * @throws RefusalError reauthentication_required; second_person_required; format where its number was not typed; destruction_refused where nothing of it is due any more;
 * not_found; conflict; and as auditedChange
 */
export async function approveDestruction(viewer: Viewer, asked: string | null, name: string, confirm: number): Promise<DestructionDto> {
  const slug = await chooseLedger(viewer, asked);
  const { ledger: chosen } = await grant(viewer, slug, 'destruction.approve', `${SCREEN}/{id}/approve`);
  requireConfirmed(viewer);
  const pending = waiting(await findDestruction(prisma(), chosen.id, name, viewer.person.id));
  if (pending.own) throw new RefusalError('second_person_required', 'Whoever asked for a destruction cannot approve it.');
  if (confirm !== pending.number) throw new RefusalError('format', `Type the number of this request, ${pending.number}.`, '/confirm');
  const found = await surveyNamed(chosen, namedPages(pending.id));
  if (found.due === 0)
    throw new RefusalError('destruction_refused', `Of what was asked for nothing can be destroyed now. ${sayFound(found)}`);
  const positions = await positionsOf(pending.id);
  const record = (made: DestructionDto): AccessWhat => ({
    action: 'destruction_approved',
    screen: `${SCREEN}/{id}/approve`,
    resource: { type: 'destruction', id: made.id },
    details: {
      destruction: made.id,
      number: made.number,
      requested_by: made.requested.by,
      authority: made.authority,
      records: made.records,
      due: found.due,
      held: found.held,
      not_due: found.not_due,
      positions_sha256: sha256Hex(positions),
    },
  });
  const approved = await auditedChange<DestructionDto>(viewer, slug, 'destruction.approve', record, async (tx, { ledger }) => {
    const job = await enqueueDestruction(tx, ledger, pending.id, viewer);
    await refused(
      tx.$queryRaw`SELECT approve_destruction(${pending.id}::uuid, ${ledger.id}::int, ${job}::uuid, ${JSON.stringify(found)}::jsonb, ${viewer.person.email}::text,
                                              ${viewer.person.id}::uuid)::text`,
    );
    return (await findDestruction(tx, ledger.id, pending.id, viewer.person.id))!;
  });
  await wakeQueue([approved.job!.id]);
  return approved;
}

/** By another person than the one who asked. @throws RefusalError second_person_required; not_found; conflict; and as auditedChange */
export function declineDestruction(viewer: Viewer, asked: string | null, name: string, reason: string): Promise<DestructionDto> {
  return close(viewer, asked, name, { to: 'declined', action: 'destruction_declined', permission: 'destruction.approve', reason });
}

/** By whoever asked. @throws RefusalError forbidden; not_found; conflict; and as auditedChange */
export function withdrawDestruction(viewer: Viewer, asked: string | null, name: string, reason: string): Promise<DestructionDto> {
  return close(viewer, asked, name, { to: 'withdrawn', action: 'destruction_withdrawn', permission: 'destruction.request', reason });
}

/** What is destroyed by then stays so; the rest is as it was, until somebody takes it up again. @throws RefusalError not_found; conflict; and as auditedChange */
export async function stopDestruction(viewer: Viewer, asked: string | null, name: string): Promise<DestructionDto> {
  const record = (made: DestructionDto): AccessWhat => ({
    action: 'destruction_stopped',
    screen: `${SCREEN}/{id}/stop`,
    resource: { type: 'destruction', id: made.id },
    details: { destruction: made.id, number: made.number, destroyed: made.destroyed },
  });
  return auditedChange<DestructionDto>(viewer, await chooseLedger(viewer, asked), 'destruction.approve', record, async (tx, { ledger }) => {
    const going = known(await findDestruction(tx, ledger.id, name, viewer.person.id));
    // One that was taken up again is still called failed until its job begins.
    const begun = going.state === 'approved' || going.state === 'running' || going.state === 'failed';
    if (!begun || going.job === null || !(await cancelJob(tx, going.job.id)))
      throw new RefusalError('conflict', 'This destruction is not under way.');
    return (await findDestruction(tx, ledger.id, going.id, viewer.person.id))!;
  });
}

function isStopped({ state, job }: DestructionDto): boolean {
  const over = job?.state === 'failed' || job?.state === 'cancelled';
  // One that was taken up again is at a job that waits, or works.
  return (state === 'approved' || state === 'running' || state === 'failed') && over;
}

/** Another try at one that a fault or a person has stopped. @throws RefusalError reauthentication_required; not_found; conflict; and as auditedChange */
export async function resumeDestruction(viewer: Viewer, asked: string | null, name: string): Promise<DestructionDto> {
  const record = (made: DestructionDto): AccessWhat => ({
    action: 'destruction_resumed',
    screen: `${SCREEN}/{id}/resume`,
    resource: { type: 'destruction', id: made.id },
    details: { destruction: made.id, number: made.number, destroyed: made.destroyed },
  });
  const resumed = await auditedChange<DestructionDto>(
    viewer,
    await chooseLedger(viewer, asked),
    'destruction.approve',
    record,
    async (tx, { ledger }) => {
      requireConfirmed(viewer);
      const stopped = known(await findDestruction(tx, ledger.id, name, viewer.person.id));
      if (!isStopped(stopped)) throw new RefusalError('conflict', 'This destruction was not stopped.');
      const job = await enqueueDestruction(tx, ledger, stopped.id, viewer);
      await refused(tx.$queryRaw`SELECT resume_destruction(${stopped.id}::uuid, ${ledger.id}::int, ${job}::uuid)::text`);
      return (await findDestruction(tx, ledger.id, stopped.id, viewer.person.id))!;
    },
  );
  await wakeQueue([resumed.job!.id]);
  return resumed;
}

interface Closing {
  to: 'declined' | 'withdrawn';
  action: AccessAction;
  permission: Permission;
  reason: string;
}

async function close(
  viewer: Viewer,
  asked: string | null,
  name: string,
  { to, action, permission, reason }: Closing,
): Promise<DestructionDto> {
  const screen = `${SCREEN}/{id}/${to === 'declined' ? 'decline' : 'withdraw'}`;
  const record = (made: DestructionDto): AccessWhat => ({
    action,
    screen,
    resource: { type: 'destruction', id: made.id },
    details: { destruction: made.id, number: made.number, requested_by: made.requested.by, records: made.records, reason },
  });
  return auditedChange<DestructionDto>(viewer, await chooseLedger(viewer, asked), permission, record, async (tx, { ledger }) => {
    const pending = waiting(await findDestruction(tx, ledger.id, name, viewer.person.id));
    if (to === 'declined' && pending.own)
      throw new RefusalError('second_person_required', 'Whoever asked for a destruction withdraws it; another person declines it.');
    if (to === 'withdrawn' && !pending.own)
      throw new RefusalError('forbidden', 'A request is withdrawn by whoever made it; others approve or decline it.');
    await refused(
      tx.$queryRaw`SELECT close_destruction(${pending.id}::uuid, ${ledger.id}::int, ${to}::text, ${reason}::text, ${viewer.person.email}::text, ${viewer.person.id}::uuid)::text`,
    );
    return (await findDestruction(tx, ledger.id, pending.id, viewer.person.id))!;
  });
}

function enqueueDestruction(tx: Tx, ledger: LedgerRow, id: string, viewer: Viewer): Promise<string> {
  return enqueue(tx, { kind: DESTRUCTION, ledgerId: ledger.id, params: { destruction: id }, requestedBy: viewer.person.email });
}

/** What the database refuses by itself, in the words of the door. */
async function refused(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    const state = sqlState((error as { meta?: unknown }).meta) ?? '';
    const said = `${state} ${(error as Error).message}`;
    if (said.includes('HF012')) throw new RefusalError('second_person_required', 'Whoever asked for a destruction cannot approve it.');
    if (said.includes('HF024')) throw new RefusalError('conflict', 'Somebody else has decided this meanwhile.');
    throw error;
  }
}

function known(one: DestructionDto | null): DestructionDto {
  if (one === null) throw new RefusalError('not_found', 'There is no such destruction in this ledger.');
  return one;
}

function waiting(one: DestructionDto | null): DestructionDto {
  const found = known(one);
  if (found.state !== 'requested') throw new RefusalError('conflict', 'This request was decided already.');
  return found;
}

async function* namedPages(id: string): AsyncGenerator<bigint[]> {
  for (let behind = -1; ; ) {
    const items = await boundedRead((tx) => readDestructionItems(tx, id, behind, 20));
    for (const { seqs } of items) for (const { from, to } of seqs) yield* pagesBetween(from, to);
    const last = items.at(-1);
    if (last === undefined) return;
    behind = last.block;
  }
}

/** All that it names, as the request had it hashed. */
async function positionsOf(id: string): Promise<string> {
  const [row] = await prisma().$queryRaw<{ all: string }[]>`
    SELECT coalesce(range_agg(r), '{}')::text AS all FROM destruction_items i, unnest(i.seqs) r WHERE i.destruction_id = ${id}::uuid`;
  return row!.all;
}

function aboutScope(scope: DestructionScope): Pick<AccessWhat, 'resource' | 'subjectId' | 'details'> {
  if (scope.kind === 'range' || scope.kind === 'policy') return { details: { scope } };
  return { resource: { type: scope.kind, id: scope.value }, ...(scope.kind === 'subject' && { subjectId: scope.value }) };
}

function sha256Hex(text: string): string {
  return hash('sha256', text);
}
