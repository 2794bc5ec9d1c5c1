import 'server-only';
import { listRunSegments, listSegmentsPage, readArchiveState, readSegmentsPage } from '@/lib/archive/archive-state';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { findArchiveRun, listArchiveRuns, listOpenRuns, readRunCursor } from '@/lib/ledger/read-archive';
import { readPolicies } from '@/lib/ledger/read-retention';
import type { ArchiveRunScreenDto, ArchiveScreenDto } from '@/lib/schema/archive';
import { isRefusal } from '@/lib/schema/errors';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

/**
 * The archive of a ledger: its store, what is in it, runs (`?before=`) and objects (`?object=`, `?state=`), a page each. The store is asked whether it will do, so
 * that the page says what a run would meet. @throws RefusalError format at /before or /object, enum at /state
 */
export async function viewArchiveScreen(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ArchiveScreenDto> {
  const asked = (name: string) => input.params?.get(name) || null;
  const page = readOr(() => readSegmentsPage(asked('object'), asked('state')));
  const after = readOr(() => readRunCursor(asked('before')));
  return auditedScreen(viewer, input, { permission: 'archive.read', screen: '/retention/archive' }, async ({ ledger }) => {
    const archive = await readArchiveState(ledger);
    const segments = await listSegmentsPage(ledger, page);
    return boundedRead(async (tx) => ({
      archive,
      open: await listOpenRuns(tx, ledger.id),
      runs: await listArchiveRuns(tx, ledger.id, after),
      segments,
      policies: (await readPolicies(tx, ledger.id)).policies.filter(({ on }) => on).map(({ code, title }) => ({ code, title })),
    }));
  });
}

/** One run with the objects that it made. @throws RefusalError not_found, also for a run over another ledger */
export async function viewArchiveRun(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ArchiveRunScreenDto> {
  const id = input.id ?? '';
  const look = { permission: 'archive.read', screen: '/retention/archive/runs/[id]', details: { run: id } } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const run = await boundedRead((tx) => findArchiveRun(tx, ledger.id, id));
    if (run === null) refuse('not_found', 'There is no such run of this ledger.');
    return { run, segments: run.kind === 'archive' ? await listRunSegments(ledger, id) : [] };
  });
}

/** Cursors are refused as a page refuses: with the status of the answer. */
function readOr<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isRefusal(error)) refuse(error.code, error.message, error.pointer);
    throw error;
  }
}
