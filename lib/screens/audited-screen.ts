import 'server-only';
import { auditedRead, type Granted } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { findRole } from '@/lib/access-log/find-role';
import { overrideStatus } from '@/lib/auth/request-context';
import type { Viewer } from '@/lib/auth/viewer';
import { findLedger } from '@/lib/ledger/find-ledger';
import type { Permission } from '@/lib/policy/permissions';
import { ERRORS, type ErrorCode, RefusalError } from '@/lib/schema/errors';
import { ConversationFilter, PageCursor, readFilter } from '@/lib/schema/filters';
import type { FrameDto } from '@/lib/schema/screens';
import { sayFault } from '@/lib/schema/search';
import type { AccessAction } from '@/lib/schema/vocabulary';
import { viewFrame } from './view-frame';

export interface ViewInput {
  /** The ledger that the person looked at last (a cookie's word); `?ledger=` goes before it. */
  ledger?: string | null;
  params?: URLSearchParams;
  /** The one thing that is looked at. */
  id?: string;
  /** The API's route, where the look comes through that door and not through the screen. */
  route?: string;
}

interface Look {
  permission: Permission;
  screen: string;
  /** Filters that are set: they make it a search, and stand in its record. */
  filters?: Record<string, unknown>;
  resource?: { type: string; id: string };
  details?: Record<string, unknown>;
}

/** One screen, one access record: recorded durably first, then read, the frame included. @throws RefusalError as auditedRead and read() do */
export async function auditedScreen<T extends object>(
  viewer: Viewer,
  input: ViewInput,
  look: Look,
  read: (granted: Granted) => Promise<T>,
): Promise<{ frame: FrameDto } & T> {
  const slug = await chosenLedger(viewer, input);
  const filtered = look.filters !== undefined && Object.keys(look.filters).length > 0;
  const action: AccessAction = look.resource ? 'record_viewed' : filtered ? 'search_run' : 'screen_viewed';
  const what = {
    action,
    screen: input.route ?? look.screen,
    ...(look.resource && { resource: look.resource }),
    details: { ...(filtered && { filters: look.filters }), ...look.details },
  };
  return auditedRead(viewer, slug, await permissionOn(slug, look.permission), what, async (granted) => {
    const dto = await read(granted);
    return { frame: await viewFrame(viewer, slug), ...dto };
  });
}

/** A cookie outlives a role; then the person is led to a ledger of theirs, while an address that names a ledger is answered for that one. */
export async function chosenLedger(viewer: Viewer, { ledger, params }: ViewInput): Promise<string> {
  const asked = params?.get('ledger');
  if (asked) return asked;
  const remembered = ledger && viewer.keyId === null ? await findLedger(ledger) : null;
  return chooseLedger(viewer, remembered && (await findRole(viewer, remembered)) !== null ? remembered.slug : null);
}

/** What people did here is read by those who may read the access log, whichever screen shows it. */
async function permissionOn(slug: string, permission: Permission): Promise<Permission> {
  const reading = permission === 'records.read' || permission === 'conversations.read';
  return reading && (await findLedger(slug))?.kind === 'access' ? 'access_log.read' : permission;
}

/** Also sets the status of the page that is being rendered. */
export function refuse(code: ErrorCode, detail?: string, pointer?: string): never {
  overrideStatus(ERRORS[code].status);
  throw new RefusalError(code, detail, pointer);
}

/** The filters and the cursor of an address. @throws RefusalError format, with the member's name as pointer; query_invalid for a search */
export function readQuery<T extends Parameters<typeof readFilter>[0]>(
  shape: T,
  params: URLSearchParams = new URLSearchParams(),
): { filters: Extract<ReturnType<typeof readFilter<T>>, { ok: true }>['value']; cursor: PageCursor } {
  const filters = readFilter(shape, params);
  if (!filters.ok && filters.member === 'q') {
    const place = (shape as object) === ConversationFilter ? 'conversations' : 'records';
    refuse('query_invalid', sayFault(params.get('q') ?? '', place) ?? undefined, '/q');
  }
  if (!filters.ok) refuse('format', `The filter "${filters.member}" has a value that it cannot have.`, `/${filters.member}`);
  const cursor = readFilter(PageCursor, params);
  if (!cursor.ok) refuse('format', `The cursor "${cursor.member}" is not a sequence number.`, `/${cursor.member}`);
  if (cursor.value.older !== undefined && cursor.value.newer !== undefined) refuse('format', 'A page has one cursor, not two.', '/newer');
  return { filters: filters.value, cursor: cursor.value };
}
