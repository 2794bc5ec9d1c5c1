import 'server-only';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { type CalendarDay, dayOf } from '@/lib/policy/retention-calendar';
import type { Marks, RetentionLine } from '@/lib/policy/retention-fold';
import { mapNow } from '@/lib/policy/retention-unmapped';
import { type PolicySet, RetentionPolicy, type RetentionState, Settlement } from '@/lib/schema/retention';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { recordsOf } from './read-entries';

export interface StoredPolicies extends PolicySet {
  version: number;
  changed_by: string;
  changed_at: string;
  reason: string | null;
  /** An access ledger's: whatever they say, nothing of it is archived or destroyed. */
  whole?: boolean;
}

/** The newest version of a ledger's policies. @throws Error where what is stored is none: better no answer than one that a policy is missing from. */
export async function readPolicies(tx: Tx, ledgerId: number): Promise<StoredPolicies> {
  const [row] = await tx.$queryRaw<
    {
      version: number;
      policies: unknown;
      settlements: unknown;
      changed_by: string;
      changed_at: Date;
      reason: string | null;
      whole: boolean;
    }[]
  >`SELECT version, policies, settlements, changed_by, changed_at, reason, (SELECT kind = 'access' FROM ledgers WHERE id = ${ledgerId}) AS whole
      FROM retention_versions WHERE ledger_id = ${ledgerId} ORDER BY version DESC LIMIT 1`;
  if (row === undefined) throw new Error(`ledger ${ledgerId} has no retention policies`);
  const { policies, settlements, changed_at, whole, ...rest } = row;
  return {
    ...rest,
    ...(whole && { whole }),
    changed_at: changed_at.toISOString(),
    policies: (policies as unknown[]).map((policy) => RetentionPolicy.parse(policy)),
    settlements: (settlements as unknown[]).map((one) => Settlement.parse(one)),
  };
}

/** @returns the number of the new version; null where `ifVersion` is no longer the newest */
export async function savePolicies(
  tx: Tx,
  ledgerId: number,
  ifVersion: number,
  { policies, settlements }: PolicySet,
  changedBy: string,
  reason: string,
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ version: number | null }[]>`
    SELECT save_retention(${ledgerId}::int, ${ifVersion}::int, ${JSON.stringify(policies)}::jsonb, ${JSON.stringify(settlements)}::jsonb,
                          ${changedBy}::text, ${reason}::text) AS version`;
  return row!.version;
}

/** Records of one block of the sums; see migration "retention". */
const BLOCK = 32_768n;

export interface RetentionProgress {
  countedTo: bigint;
  /** Everything that there is is counted, and nothing is being counted anew. */
  complete: boolean;
  /** Records that came since. */
  behind: bigint;
  /** Of blocks that are counted anew, records at most; and holds and trigger events of which it is not known yet into which blocks they reach. */
  anew: { records: bigint; scopes: number };
}

export async function readRetentionProgress(tx: Tx, ledgerId: number): Promise<RetentionProgress> {
  const [row] = await tx.$queryRaw<{ counted_to: bigint; head: bigint; blocks: bigint; scopes: bigint }[]>`
    SELECT coalesce((SELECT counted_to FROM retention_progress WHERE ledger_id = ${ledgerId}), -1) AS counted_to,
           coalesce((SELECT seq FROM entries WHERE ledger_id = ${ledgerId} ORDER BY seq DESC LIMIT 1), -1) AS head,
           (SELECT count(*) FROM retention_dirty WHERE ledger_id = ${ledgerId}) AS blocks,
           (SELECT count(*) FROM retention_scopes WHERE ledger_id = ${ledgerId} AND NOT spread) AS scopes`;
  const { counted_to: countedTo, head, blocks, scopes } = row!;
  const behind = head > countedTo ? head - countedTo : 0n;
  const dirty = blocks * BLOCK;
  return {
    countedTo,
    complete: behind === 0n && blocks === 0n && scopes === 0n,
    behind,
    anew: { records: dirty < countedTo + 1n ? dirty : countedTo + 1n, scopes: Number(scopes) },
  };
}

/** Records that are alike but for their days. */
interface StoredLines {
  class: number;
  marks: number[];
  state: RetentionState;
  /** The block of archived records that something reaches into; null else. */
  block: number | null;
  /** `E R N,…`: days of the event and of the record since 1970, and how many. */
  days: string;
}

/** Blocks of positions with archived records that standing holds and trigger events reach: by which, and how many of these at most. */
async function readReachedBlocks(tx: Tx, ledgerId: number): Promise<Map<number, { marks: number[]; records: bigint }>> {
  const rows = await tx.$queryRaw<{ block: number; marks: number[]; records: bigint }[]>`
    SELECT r.block, array_agg(r.mark ORDER BY r.mark) AS marks, sum(r.records)::bigint AS records
      FROM retention_reach r JOIN retention_scopes s ON s.mark = r.mark AND s.standing WHERE r.ledger_id = ${ledgerId} GROUP BY r.block`;
  return new Map(rows.map(({ block, ...reach }) => [block, reach]));
}

/**
 * The records of a ledger, summed up by what retention hangs on: some ten thousand lines at ten million records. What nobody had mapped when it came in counts as
 * mapped where the registry in force knows it. Of archived records it is known how many in a block of positions a hold or an event reaches at most, and not which:
 * so many of each line are taken to be reached.
 */
export async function readRetentionLines(tx: Tx, ledgerId: number, registry: RegistryIndex): Promise<RetentionLine[]> {
  const classes = await tx.$queryRaw<{ id: number; domains: string; unmapped: string[] }[]>`
    SELECT id, domains, unmapped FROM retention_classes WHERE ledger_id = ${ledgerId}`;
  const classOf = new Map(
    classes.map(({ id, domains, unmapped }) => [id, mapNow(domains === '' ? [] : domains.split(','), unmapped, registry)]),
  );
  // Those of more classes than are told apart: kept longest, as what nobody has mapped.
  const beyond = { domains: [], unmapped: ['domain:'] };
  const reached = await readReachedBlocks(tx, ledgerId);
  // Days as numbers in one text: tens of thousands of rows take several times as long to hand over.
  const stored = await tx.$queryRaw<StoredLines[]>`
    SELECT class, marks, state, block, string_agg(event || ' ' || recorded || ' ' || count, ',') AS days FROM (
      SELECT event_day - '1970-01-01'::date AS event, recorded_day - '1970-01-01'::date AS recorded, class, marks, state,
             CASE WHEN state = 'archived' AND block = ANY (${[...reached.keys()]}::int[]) THEN block END AS block, sum(count) AS count
        FROM retention_counts WHERE ledger_id = ${ledgerId} GROUP BY 1, 2, 3, 4, 5, 6) l
     GROUP BY class, marks, state, block`;
  const days = new Map<string, CalendarDay>();
  const dayAt = (since: string) => {
    const known = days.get(since);
    if (known !== undefined) return known;
    const day = dayOf(Number(since) * 86_400_000);
    days.set(since, day);
    return day;
  };
  const lines: RetentionLine[] = [];
  for (const { class: kind, marks, state, block, days: texts } of stored) {
    const { domains, unmapped } = classOf.get(kind) ?? beyond;
    const reach = block === null ? undefined : reached.get(block);
    for (const one of texts.split(',')) {
      const [event, recorded, records] = one.split(' ') as [string, string, string];
      const line = { event: dayAt(event), recorded: dayAt(recorded), domains, unmapped, marks, state, count: Number(records) };
      const some = reach === undefined ? 0 : Math.min(line.count, Number(reach.records));
      if (some > 0) lines.push({ ...line, marks: reach!.marks, count: some, atMost: true });
      line.count -= some;
      if (line.count > 0) lines.push(line);
    }
  }
  return lines;
}

/** What marks stand for, of a whole ledger or of those given. */
export async function readMarks(tx: Tx, ledgerId: number): Promise<Marks> {
  const holds = await tx.$queryRaw<{ mark: number }[]>`
    SELECT mark FROM legal_holds WHERE ledger_id = ${ledgerId} AND released_at IS NULL`;
  const triggers = await tx.$queryRaw<{ mark: number; trigger_name: string; day: string }[]>`
    SELECT mark, trigger_name, day::text FROM retention_triggers WHERE ledger_id = ${ledgerId} AND withdrawn_at IS NULL`;
  return {
    holds: new Set(holds.map(({ mark }) => mark)),
    triggers: new Map(triggers.map(({ mark, trigger_name, day }) => [mark, { trigger: trigger_name, day }])),
  };
}

/** Of records at these positions: which holds and trigger events reach each. */
export interface Reached {
  holds: { id: string; number: number }[];
  triggers: Map<string, string>;
}

export async function readReached(tx: Tx, ledgerId: number, seqs: readonly bigint[]): Promise<Map<bigint, Reached>> {
  const reached = new Map<bigint, Reached>(seqs.map((seq) => [seq, { holds: [], triggers: new Map() }]));
  if (seqs.length === 0) return reached;
  const rows = await tx.$queryRaw<
    { seq: bigint; hold: string | null; number: number | null; trigger_name: string | null; day: string | null }[]
  >`SELECT o.seq, h.id AS hold, h.number, t.trigger_name, t.day::text FROM scopes_over(${ledgerId}::int, NULL, NULL, ${seqs.map(String)}::bigint[]) o
      LEFT JOIN legal_holds h ON h.mark = o.mark LEFT JOIN retention_triggers t ON t.mark = o.mark`;
  for (const { seq, hold, number, trigger_name, day } of rows) {
    const found = reached.get(seq);
    if (found === undefined) continue;
    if (hold !== null) found.holds.push({ id: hold, number: number! });
    if (trigger_name !== null && day! > (found.triggers.get(trigger_name) ?? '')) found.triggers.set(trigger_name, day!);
  }
  for (const { holds } of reached.values()) holds.sort((a, b) => a.number - b.number);
  return reached;
}

/** Standing holds that reach anything of a conversation, records that have left the database included: as shredding asks for them. */
export function readTalkHolds(tx: Tx, ledgerId: number, conversationId: string): Promise<Reached['holds']> {
  return tx.$queryRaw`
    SELECT h.id, h.number FROM holds_against(${ledgerId}::int, 'conversation', ${conversationId}) a JOIN legal_holds h ON h.id = a ORDER BY h.number`;
}

export interface RecordKind {
  seq: bigint;
  event_day: string;
  recorded_day: string;
  domains: string | null;
  unmapped: string[];
}

const KIND = Prisma.sql`r.seq, (r.occurred_at AT TIME ZONE 'UTC')::date::text AS event_day, day_recorded(e.received_at_us)::text AS recorded_day, r.domains,
  unmapped_of(r.action, r.body) AS unmapped`;

/** What retention hangs on of the first and the last records of a conversation, at most so many of each, in order. */
export async function readConversationKinds(
  tx: Tx,
  ledger: Pick<LedgerRow, 'id'>,
  conversationId: string,
  most: number,
): Promise<RecordKind[]> {
  const table = recordsOf(ledger);
  const first = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT seq FROM ${table} WHERE conversation_id = ${conversationId} ORDER BY conversation_seq LIMIT ${most}`;
  const last = await tx.$queryRaw<{ seq: bigint }[]>`
    SELECT seq FROM ${table} WHERE conversation_id = ${conversationId} ORDER BY conversation_seq DESC LIMIT ${most}`;
  const seqs = [...new Set([...first, ...last].map(({ seq }) => String(seq)))];
  return tx.$queryRaw<RecordKind[]>`
    SELECT ${KIND} FROM records r JOIN entries e ON e.ledger_id = ${ledger.id} AND e.seq = r.seq
     WHERE r.ledger_id = ${ledger.id} AND r.seq = ANY (${seqs}::bigint[]) ORDER BY r.seq`;
}
