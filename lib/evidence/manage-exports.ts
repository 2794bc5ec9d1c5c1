import 'server-only';
import { actorOf } from '@/lib/access-log/access-entry';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { MOST_RECORDS } from '@/lib/chain/bundle-format';
import { prisma } from '@/lib/db';
import { cancelJob } from '@/lib/jobs/cancel-job';
import { countOpen } from '@/lib/jobs/count-open';
import { enqueue, wakeQueue } from '@/lib/jobs/queue';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { findExport, listExports, wordsAskedBy } from '@/lib/ledger/read-exports';
import { RefusalError } from '@/lib/schema/errors';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';
import type { PurposeOfUse } from '@/lib/schema/words';
import type { Prisma } from '@/prisma/generated/client';
import { EVIDENCE } from './export-evidence';
import { canonicalScope } from './find-positions';
import { keptPieces } from './keep-pieces';
import { prepareWords } from './prepare-words';

/** Bundles that may wait or be made at once for one ledger. */
const OPEN_EXPORTS = 10;
const SCREEN = '/api/v1/exports';

/**
 * Asks for a bundle. It is entered in the access ledger in the transaction that makes the job, before a byte of it is read. With `content`, what is asked of a reveal
 * is asked here: the permission, a purpose of the ledger's list, and its note.
 * @throws RefusalError reauthentication_required, forbidden, enum, required, out_of_range, not_found, format, conflict, and as auditedChange
 */
export async function requestExport(
  viewer: Viewer,
  asked: string | null,
  wished: EvidenceScope,
  content?: PurposeOfUse,
): Promise<ExportDto> {
  const scope = canonicalScope(wished);
  const slug = await chooseLedger(viewer, asked);
  const words = content === undefined ? null : await prepareWords(viewer, slug, scope, content);
  const record = ({ id }: { id: string }) => ({
    action: 'export_created' as const,
    screen: SCREEN,
    resource: { type: 'export', id },
    ...(words !== null && { purpose: words.purpose.purpose }),
    details: { kind: 'evidence', scope: { ...scope }, ...(words !== null && { content: { ...words.counts, note: words.purpose.note } }) },
  });
  const { id, ledger } = await auditedChange<{ id: string; ledger: LedgerRow }>(
    viewer,
    slug,
    'evidence.export',
    record,
    async (tx, granted) => {
      requireConfirmed(viewer);
      await assertScope(tx, granted.ledger, scope);
      const open = await countOpen(tx, granted.ledger.id, [EVIDENCE]);
      if (open >= OPEN_EXPORTS)
        throw new RefusalError('conflict', `${open} exports of this ledger are being made; wait for one, or cancel it.`);
      const requestedBy = viewer.person.email || viewer.person.name;
      const actor = actorOf(viewer, granted.role) as unknown as Prisma.InputJsonObject;
      const params = { scope: { ...scope }, ...(words !== null && { content: { ...words.purpose, actor } }) };
      const id = await enqueue(tx, { kind: EVIDENCE, ledgerId: granted.ledger.id, params, requestedBy });
      const kept = words === null ? {} : { content: { ...words.purpose, user_id: viewer.person.id } };
      await tx.export.create({
        data: { id, ledger_id: granted.ledger.id, kind: EVIDENCE, scope: { ...scope }, requested_by: requestedBy, ...kept },
      });
      return { id, ledger: granted.ledger };
    },
  );
  await wakeQueue([id]);
  return (await findExport(prisma(), ledger, id))!;
}

async function assertScope(tx: Parameters<typeof findExport>[0], ledger: LedgerRow, scope: EvidenceScope): Promise<void> {
  if (scope.kind === 'conversation') {
    const where = { ledger_id: ledger.id, conversation_id: scope.conversation_id };
    if ((await tx.conversation.count({ where })) === 0)
      throw new RefusalError('not_found', 'There is no such conversation in this ledger.', '/scope/conversation_id');
  }
  if (scope.kind === 'range') {
    const [from, to] = [BigInt(scope.from), BigInt(scope.to)];
    const [head] = await tx.$queryRaw<{ seq: bigint }[]>`SELECT seq FROM entries WHERE ledger_id = ${ledger.id} ORDER BY seq DESC LIMIT 1`;
    if (from > to || to > (head?.seq ?? -1n))
      throw new RefusalError('out_of_range', `A range lies within the ledger, which ends at ${head?.seq ?? 'nothing'}.`, '/scope/to');
    if (to - from >= BigInt(MOST_RECORDS))
      throw new RefusalError(
        'out_of_range',
        `A bundle holds at most ${MOST_RECORDS.toLocaleString('en')} records; make several.`,
        '/scope/to',
      );
  }
}

/** @throws RefusalError format at /before, and as auditedRead */
export async function readExports(viewer: Viewer, asked: string | null, before: string | null): Promise<{ rows: ExportDto[] }> {
  const time = before === null ? null : new Date(before);
  if (time !== null && (Number.isNaN(time.getTime()) || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(before!)))
    throw new RefusalError('format', '"before" is not a time in UTC.', '/before');
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'evidence.export', what, async ({ ledger }) => ({
    rows: await listExports(prisma(), ledger, time),
  }));
}

/**
 * How far one has come, or what was made. While it goes on a page asks every second, and is told counts alone, without an entry of its own
 * (lib/access-log/exemptions.ts).
 * @throws RefusalError not_found, and as auditedRead
 */
export async function readExport(viewer: Viewer, asked: string | null, id: string): Promise<ExportDto> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}`;
  const { ledger } = await grant(viewer, slug, 'evidence.export', screen);
  const made = found(await findExport(prisma(), ledger, id));
  if (made.state === 'queued' || made.state === 'running') return made;
  return auditedRead(viewer, slug, 'evidence.export', { action: 'screen_viewed', screen, details: { export: id } }, async () => made);
}

/** @throws RefusalError not_found; conflict where it has ended already; and as auditedChange */
export async function cancelExport(viewer: Viewer, asked: string | null, id: string): Promise<ExportDto> {
  const what = {
    action: 'export_created' as const,
    screen: `${SCREEN}/{id}/cancel`,
    resource: { type: 'export', id },
    details: { change: 'cancelled' },
  };
  const ledger = await auditedChange(viewer, await chooseLedger(viewer, asked), 'evidence.export', what, async (tx, granted) => {
    found(await findExport(tx, granted.ledger, id));
    if (!(await cancelJob(tx, id))) throw new RefusalError('conflict', 'This export has ended already.');
    return granted.ledger;
  });
  return found(await findExport(prisma(), ledger, id));
}

/**
 * The bundle, piece by piece. That it was taken is entered before the first of them leaves.
 * @throws RefusalError reauthentication_required, before anything is entered; not_found; conflict while it is being made; expired; and as auditedRead
 */
export async function downloadExport(
  viewer: Viewer,
  asked: string | null,
  id: string,
): Promise<{ made: ExportDto; pieces: AsyncGenerator<Buffer> }> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}/file`;
  const { ledger } = await grant(viewer, slug, 'evidence.export', screen);
  requireConfirmed(viewer);
  const asking = await findExport(prisma(), ledger, id);
  const content = asking?.content ?? null;
  if (content !== null) {
    await grant(viewer, slug, 'content.reveal', screen);
    // The purpose is theirs who asked, and so are the entries that say whose words went where.
    if ((await wordsAskedBy(prisma(), ledger, id)) !== viewer.person.id)
      throw new RefusalError(
        'forbidden',
        'A bundle with words is given to whoever asked for it. Ask for one of your own, with your purpose.',
      );
  }
  const what = {
    action: 'export_downloaded' as const,
    screen,
    resource: { type: 'export', id },
    ...(content !== null && { purpose: content.purpose, details: { content: { parts: content.parts, note: content.note } } }),
  };
  return auditedRead(viewer, slug, 'evidence.export', what, async () => {
    const made = found(await findExport(prisma(), ledger, id));
    if (made.state === 'shredded')
      throw new RefusalError(
        'expired',
        'Words in this export were shredded, and it went with them. Make it again: without them it is proven all the same.',
      );
    if (made.state === 'expired')
      throw new RefusalError(
        'expired',
        'This export was kept for seven days. Make it again: the same records, proven under the checkpoint of then.',
      );
    if (made.state !== 'done') throw new RefusalError('conflict', 'This export is not ready.');
    return { made, pieces: await keptPieces(id, ledger, made.content !== null, made.bytes ?? 0) };
  });
}

function found(made: ExportDto | null): ExportDto {
  if (made === null) throw new RefusalError('not_found', 'There is no such export of this ledger.');
  return made;
}
