import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import type { IntegrityLine } from '@/lib/schema/screens';
import type {
  Break,
  BreakCode,
  Check,
  Verdict,
  VerificationDto,
  VerificationScope,
  VerificationState,
  VerificationTrigger,
} from '@/lib/schema/verification';
import { Prisma } from '@/prisma/generated/client';
import type { LedgerRow } from './find-ledger';

/** A run is shown with so many of its breaks; `breaks_total` says how many there are. */
const BREAKS_SHOWN = 1_000;
export const RUNS_PAGE = 50;

/** Prisma's client or a transaction of it. */
type Reader = Pick<Prisma.TransactionClient, '$queryRaw'>;

interface Stored {
  id: string;
  scope_kind: 'ledger' | 'range' | 'conversation';
  from_seq: bigint | null;
  to_seq: bigint | null;
  conversation_id: string | null;
  verdict: Verdict | null;
  records_checked: bigint;
  head_seq: bigint | null;
  head_hash: Uint8Array | null;
  breaks_total: bigint;
  checkpoint_number: bigint | null;
  checkpoints_checked: bigint | null;
  checks: Check[];
  triggered_by: VerificationTrigger;
  state: VerificationState;
  progress_done: bigint;
  progress_total: bigint | null;
  requested_by: string;
  requested_at: Date;
  started_at: Date | null;
  heartbeat_at: Date | null;
  finished_at: Date | null;
  error: string | null;
}
const RUN = Prisma.sql`v.id, v.scope_kind, v.from_seq, v.to_seq, v.conversation_id, v.verdict, v.records_checked, v.head_seq, v.head_hash, v.breaks_total,
  v.checkpoint_number, v.checkpoints_checked, v.checks, v.triggered_by, j.state, j.progress_done, j.progress_total, j.requested_by, v.requested_at, j.started_at, j.heartbeat_at, j.finished_at, j.error`;

/** Newest first, at most {@link RUNS_PAGE} of those requested before that time; without their breaks but with the first one's record. */
export async function listRuns(db: Reader, ledger: LedgerRow, before: Date | null = null): Promise<VerificationDto[]> {
  const rows = await db.$queryRaw<Stored[]>`
    SELECT ${RUN} FROM verifications v JOIN jobs j ON j.id = v.id
     WHERE v.ledger_id = ${ledger.id} AND v.requested_at < coalesce(${before}::timestamptz, 'infinity') ORDER BY v.requested_at DESC LIMIT ${RUNS_PAGE}`;
  const firsts = await firstBreaks(
    db,
    rows.filter((row) => row.breaks_total > 0n).map((row) => row.id),
  );
  return rows.map((row) => ({ ...toDto(row, ledger, []), broken_at_record: firsts.get(row.id)?.record_id ?? null }));
}

/**
 * Runs asked for from `from` on (that moment included) and before `before`, newest first, at most `limit`, from behind `after`: two runs of one moment follow each other
 * by their ids, so that none is passed over between two pages. Without their breaks.
 */
export async function listRunsBetween(
  db: Reader,
  ledger: LedgerRow,
  { from, before, after }: { from: Date | null; before: Date; after: { at: Date; id: string } | null },
  limit: number,
): Promise<VerificationDto[]> {
  const behind = after === null ? Prisma.sql`true` : Prisma.sql`(v.requested_at, v.id) < (${after.at}::timestamptz, ${after.id}::uuid)`;
  const rows = await db.$queryRaw<Stored[]>`
    SELECT ${RUN} FROM verifications v JOIN jobs j ON j.id = v.id
     WHERE v.ledger_id = ${ledger.id} AND v.requested_at >= coalesce(${from}::timestamptz, '-infinity') AND v.requested_at < ${before}::timestamptz AND ${behind}
     ORDER BY v.requested_at DESC, v.id DESC LIMIT ${limit}`;
  const firsts = await firstBreaks(
    db,
    rows.filter((row) => row.breaks_total > 0n).map((row) => row.id),
  );
  return rows.map((row) => ({ ...toDto(row, ledger, []), broken_at_record: firsts.get(row.id)?.record_id ?? null }));
}

/** One run with its breaks. @returns null where this ledger has none of that id. */
export async function findRun(db: Reader, ledger: LedgerRow, id: string): Promise<VerificationDto | null> {
  const rows = await db.$queryRaw<Stored[]>`
    SELECT ${RUN} FROM verifications v JOIN jobs j ON j.id = v.id WHERE v.ledger_id = ${ledger.id} AND v.id = ${id}::uuid`;
  return rows[0] ? withBreaks(db, rows[0], ledger) : null;
}

/** The newest finished run over one conversation. */
export async function findConversationRun(db: Reader, ledger: LedgerRow, conversationId: string): Promise<VerificationDto | null> {
  const rows = await db.$queryRaw<Stored[]>`
    SELECT ${RUN} FROM verifications v JOIN jobs j ON j.id = v.id
     WHERE v.ledger_id = ${ledger.id} AND v.conversation_id = ${conversationId} AND v.verdict IS NOT NULL ORDER BY v.requested_at DESC LIMIT 1`;
  return rows[0] ? withBreaks(db, rows[0], ledger) : null;
}

async function withBreaks(db: Reader, row: Stored, ledger: LedgerRow): Promise<VerificationDto> {
  const breaks = await db.$queryRaw<(Omit<Break, 'seq' | 'code'> & { seq: bigint; code: string })[]>`
    SELECT seq, record_id, code, expected, found FROM verification_breaks WHERE verification_id = ${row.id}::uuid ORDER BY ordinal LIMIT ${BREAKS_SHOWN}`;
  return toDto(
    row,
    ledger,
    breaks.map((found) => ({ ...found, seq: String(found.seq), code: found.code as BreakCode })),
  );
}

/** The first break of each run, in sequence order. */
async function firstBreaks(db: Reader, ids: readonly string[]): Promise<Map<string, { seq: bigint; record_id: string | null }>> {
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; seq: bigint; record_id: string | null }[]>`
    SELECT v.id, b.seq, b.record_id FROM unnest(${[...ids]}::uuid[]) AS v (id)
     CROSS JOIN LATERAL (SELECT seq, record_id FROM verification_breaks WHERE verification_id = v.id ORDER BY ordinal LIMIT 1) AS b`;
  return new Map(rows.map((row) => [row.id, row]));
}

function toDto(row: Stored, ledger: LedgerRow, breaks: Break[]): VerificationDto {
  const checked = row.verdict === null ? row.progress_done : row.records_checked;
  const until = row.finished_at ?? row.heartbeat_at;
  const seconds = row.started_at && until ? (until.getTime() - row.started_at.getTime()) / 1000 : 0;
  return {
    id: row.id,
    ledger: ledger.slug,
    scope: scopeOf(row),
    state: row.state,
    // A run that could not be made says so; one that waits or was cancelled says nothing.
    verdict: row.verdict ?? (row.state === 'failed' ? 'cannot_verify' : null),
    records_checked: Number(checked),
    records_total: row.progress_total === null ? null : Number(row.progress_total),
    rate: seconds > 0 && checked > 0n ? Math.round(Number(checked) / seconds) : null,
    head: row.head_seq === null || row.head_hash === null ? null : { seq: String(row.head_seq), integrity_hash: toHex(row.head_hash) },
    broken_at_record: breaks[0]?.record_id ?? null,
    breaks_total: Number(row.breaks_total),
    breaks,
    checkpoint_number: row.checkpoint_number === null ? null : String(row.checkpoint_number),
    checkpoints_checked: row.checkpoints_checked === null ? null : Number(row.checkpoints_checked),
    checks: row.checks,
    triggered_by: row.triggered_by,
    requested_by: row.requested_by,
    requested_at: row.requested_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    error: row.error,
  };
}

function scopeOf(row: Stored): VerificationScope {
  if (row.scope_kind === 'range') return { kind: 'range', from: String(row.from_seq ?? 0n), to: String(row.to_seq ?? 0n) };
  if (row.scope_kind === 'conversation') return { kind: 'conversation', conversation_id: row.conversation_id ?? '' };
  return { kind: 'ledger' };
}

interface SettledRun {
  id: string;
  verdict: Verdict;
  head_seq: bigint | null;
  requested_at: Date;
  at: Date;
}

/**
 * The integrity line. A break, found by a run over whatever part, stays in sight until a run over the whole ledger that was asked for later finds none;
 * a run that could not tell, and one that found the ledger empty, settle nothing.
 * @param head the last position, null while the ledger is empty.
 */
export async function readIntegrityLine(db: Reader, ledger: LedgerRow, head: bigint | null): Promise<IntegrityLine> {
  const [whole] = await db.$queryRaw<SettledRun[]>`
    SELECT v.id, v.verdict, v.head_seq, v.requested_at, coalesce(v.finished_at, v.requested_at) AS at FROM verifications v
     WHERE v.ledger_id = ${ledger.id} AND v.scope_kind = 'ledger' AND v.verdict IS NOT NULL AND v.verdict IN ('valid', 'tampered', 'incomplete')
     ORDER BY v.requested_at DESC LIMIT 1`;
  const sound = whole?.verdict === 'valid' ? whole.requested_at : null;
  const [part] = await db.$queryRaw<SettledRun[]>`
    SELECT v.id, v.verdict, v.head_seq, v.requested_at, coalesce(v.finished_at, v.requested_at) AS at FROM verifications v
     WHERE v.ledger_id = ${ledger.id} AND v.scope_kind <> 'ledger' AND v.verdict IN ('tampered', 'incomplete')
       AND v.requested_at > coalesce(${sound}::timestamptz, '-infinity')
     ORDER BY v.requested_at DESC LIMIT 1`;
  // Where the whole was found broken, that run says more than one over a part.
  const run = whole !== undefined && whole.verdict !== 'valid' ? whole : (part ?? whole);
  const said = head === null ? null : String(head);
  const none = { verified_to: null, broken_at: null, checked_at: null, head: said, verification_id: null };
  if (run === undefined) return { ...none, state: head === null ? 'empty' : 'never_verified' };
  const line = {
    ...none,
    verified_to: run.head_seq === null ? null : String(run.head_seq),
    checked_at: run.at.toISOString(),
    verification_id: run.id,
  };
  if (run.verdict === 'valid') {
    // Runs of the schedule over what is new begin where the one before ended: each takes the line further.
    const [newer] = await db.$queryRaw<SettledRun[]>`
      SELECT v.id, v.verdict, v.head_seq, v.requested_at, coalesce(v.finished_at, v.requested_at) AS at FROM verifications v
       WHERE v.ledger_id = ${ledger.id} AND v.triggered_by = 'schedule' AND v.scope_kind = 'range' AND v.verdict = 'valid'
         AND v.requested_at > ${run.requested_at} ORDER BY v.requested_at DESC LIMIT 1`;
    if (newer === undefined || newer.head_seq === null) return { ...line, state: 'verified' };
    return {
      ...line,
      state: 'verified',
      verified_to: String(newer.head_seq),
      checked_at: newer.at.toISOString(),
      verification_id: newer.id,
    };
  }
  const first = (await firstBreaks(db, [run.id])).get(run.id);
  return { ...line, state: 'broken', broken_at: first === undefined ? null : String(first.seq) };
}
