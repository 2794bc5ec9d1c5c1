import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { ArchiveFault } from '@/lib/archive/archive-fault';
import { listSegmentsPage, readArchiveState, readSegmentsPage } from '@/lib/archive/archive-state';
import { ownStore } from '@/lib/archive/open-store';
import { describeStore } from '@/lib/archive/store-looks';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { listArchiveRuns, readRunCursor } from '@/lib/ledger/read-archive';
import { dayOf } from '@/lib/policy/retention-calendar';
import type { ArchiveDto, ArchivePreviewDto, ArchiveRunDto, SegmentDto } from '@/lib/schema/archive';
import { RefusalError } from '@/lib/schema/errors';
import { DueRecords } from './find-due';
import { decidingTime } from './read-clock';
import { STAYS_WHOLE } from './run-archive';

const SCREEN = '/api/v1/archive';
/** A preview looks at so many records at most; a run has no such end. */
const LOOKED_MOST = 50_000;
const CONVERSATIONS_SHOWN = 50;

/** Where a ledger's archive is, whether it will do, and what is in it. @throws RefusalError as auditedRead */
export async function viewArchive(viewer: Viewer, asked: string | null): Promise<ArchiveDto> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'archive.read', what, ({ ledger }) => readArchiveState(ledger));
}

/** What a run would do now: how many, of which conversations, why, and what is held back. @throws RefusalError as auditedRead */
export async function previewArchive(
  viewer: Viewer,
  asked: string | null,
  policy: string | undefined,
  at?: number,
): Promise<ArchivePreviewDto> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/preview`, details: policy === undefined ? {} : { policy } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'archive.run', what, async ({ ledger }) => {
    const now = at ?? (await decidingTime().catch(refused));
    const due = await DueRecords.of(ledger, { ...(policy !== undefined && { policy }), now });
    const policies = new Map<string, { records: number; earliest: Date; latest: Date }>();
    const conversations = new Map<string, number>();
    let [records, held] = [0, 0];
    let [first, last]: (bigint | null)[] = [null, null];
    let next: bigint | null = -1n;
    while (next !== null && records + held < LOOKED_MOST) {
      const page: Awaited<ReturnType<DueRecords['find']>> = await due.find(next, 2_000);
      held += page.held;
      for (const { seq, conversationId, policy: decider, retainUntil } of page.found) {
        records++;
        first ??= seq;
        last = seq;
        const known = policies.get(decider);
        if (known === undefined) policies.set(decider, { records: 1, earliest: retainUntil, latest: retainUntil });
        else {
          known.records++;
          if (retainUntil < known.earliest) known.earliest = retainUntil;
          if (retainUntil > known.latest) known.latest = retainUntil;
        }
        if (conversationId !== null && (conversations.has(conversationId) || conversations.size < CONVERSATIONS_SHOWN))
          conversations.set(conversationId, (conversations.get(conversationId) ?? 0) + 1);
      }
      next = page.next;
    }
    const complete = next === null;
    const store = await describeStore(ownStore());
    return {
      today: dayOf(now),
      policy: policy ?? null,
      records,
      held,
      complete,
      first_seq: first === null ? null : String(first),
      last_seq: last === null ? null : String(last),
      policies: [...policies]
        .map(([code, { records, earliest, latest }]) => ({
          policy: code,
          records,
          retain_until: { earliest: earliest.toISOString(), latest: latest.toISOString() },
        }))
        .sort((a, b) => b.records - a.records),
      conversations: [...conversations].map(([conversation_id, records]) => ({ conversation_id, records })),
      store,
      say: ledger.kind === 'access' ? STAYS_WHOLE : sayPreview({ records, held, complete, store }),
    };
  });
}

function refused(error: unknown): never {
  throw error instanceof ArchiveFault ? new RefusalError('archive_refused', error.message) : error;
}

function sayPreview({ records, held, complete, store }: Pick<ArchivePreviewDto, 'records' | 'held' | 'complete' | 'store'>): string {
  const many = `${complete ? '' : 'At least '}${records.toLocaleString('en')} ${records === 1 ? 'record' : 'records'}`;
  const back = held === 0 ? '' : `; ${held.toLocaleString('en')} stay because of a hold`;
  const where =
    store === null
      ? 'no archive is configured'
      : store.fault === null
        ? `to ${store.place}`
        : `but the archive will not do: ${store.fault}`;
  return `${many} would leave hot storage${back}, ${where}${store?.fault ? '' : '.'}`;
}

/** Newest first, a hundred a page. @throws RefusalError format at /before; and as auditedRead */
export async function viewArchiveRuns(
  viewer: Viewer,
  asked: string | null,
  before: string | null,
): Promise<{ rows: ArchiveRunDto[]; next_before: string | null }> {
  const after = readRunCursor(before);
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/runs` };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'archive.read', what, ({ ledger }) =>
    boundedRead((tx) => listArchiveRuns(tx, ledger.id, after)),
  );
}

/** Newest first, a hundred a page, all of them or those of a state. @throws RefusalError format at /before, enum at /state; and as auditedRead */
export async function viewSegments(
  viewer: Viewer,
  asked: string | null,
  wish: { before: string | null; state?: string | null },
): Promise<{ rows: SegmentDto[]; next_before: string | null }> {
  const page = readSegmentsPage(wish.before, wish.state ?? null);
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/segments` };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'archive.read', what, ({ ledger }) => listSegmentsPage(ledger, page));
}
