import 'server-only';
import type { SeqRange } from '@/lib/chain/archive-segment';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import type { CalendarDay } from '@/lib/policy/retention-calendar';
import { isDue } from '@/lib/policy/retention-decide';
import { makeRules } from '@/lib/policy/retention-rules';
import { mapNow } from '@/lib/policy/retention-unmapped';
import { noTriggers, weigh } from '@/lib/policy/retention-weigh';
import type { Tx } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { RETENTION_BLOCK, readDirtyBlocks } from './read-due';
import { recordsOf } from './read-entries';
import { readMarks, readPolicies } from './read-retention';

/**
 * Blocks of positions in which something may be past its minimum, by the sums: of those that are to be counted anew, of kinds that are not told apart, and where a
 * trigger event may move the clock, every one. Ascending.
 */
export async function readDueBlocks(tx: Tx, ledgerId: number, registry: RegistryIndex, today: CalendarDay): Promise<SeqRange[]> {
  const rules = makeRules(await readPolicies(tx, ledgerId));
  const { triggers } = await readMarks(tx, ledgerId);
  const classes = await tx.$queryRaw<{ id: number; domains: string; unmapped: string[] }[]>`
    SELECT id, domains, unmapped FROM retention_classes WHERE ledger_id = ${ledgerId}`;
  const classOf = new Map(
    classes.map(({ id, domains, unmapped }) => [id, mapNow(domains === '' ? [] : domains.split(','), unmapped, registry)]),
  );
  const blocks = new Set((await readDirtyBlocks(tx, ledgerId)).map(BigInt));
  const lines = await tx.$queryRaw<{ block: number; event_day: string; recorded_day: string; class: number; state: string }[]>`
    SELECT DISTINCT block, event_day::text, recorded_day::text, class, state FROM retention_counts WHERE ledger_id = ${ledgerId} AND state <> 'destroyed' AND count > 0`;
  for (const line of lines) {
    const block = BigInt(line.block);
    if (blocks.has(block)) continue;
    const kind = classOf.get(line.class);
    const days = { event: line.event_day, recorded: line.recorded_day, triggers: noTriggers() };
    if (kind === undefined || triggers.size > 0 || isDue(weigh({ ...days, ...kind }, rules).keepUntil, today, false)) blocks.add(block);
  }
  return [...blocks]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((block) => ({ from: block * RETENTION_BLOCK, to: (block + 1n) * RETENTION_BLOCK - 1n }));
}

/** A conversation, and a position before which none of it is about the person. */
export interface SubjectTalk {
  id: string;
  low: bigint;
}

export interface SubjectPlaces {
  /** Conversations that are about the person. */
  about: SubjectTalk[];
  /** Others in which archived records name the person. */
  named: SubjectTalk[];
  /** Of records that are here and name the person. */
  seqs: bigint[];
  /** Where archived records of no conversation lie that name the person, and others between them. */
  ranges: SeqRange[];
  /** Position before which these are all; null where they are all that there are. */
  knownBefore: bigint | null;
}

const MOST = 100_000;

/**
 * Where records about a person may lie.
 * @param most places of each kind that are read; what lies behind the last of them is not known
 */
export async function readSubjectPlaces(tx: Tx, ledger: Pick<LedgerRow, 'id'>, subject: string, most = MOST): Promise<SubjectPlaces> {
  const about = await tx.$queryRaw<SubjectTalk[]>`
    SELECT conversation_id AS id, first_seq AS low FROM conversations WHERE ledger_id = ${ledger.id} AND subject_id = ${subject} ORDER BY first_seq LIMIT ${most + 1}`;
  const here = await tx.$queryRaw<{ low: bigint }[]>`
    SELECT seq AS low FROM ${recordsOf(ledger)} WHERE subject_id = ${subject} ORDER BY seq LIMIT ${most + 1}`;
  const traces = await tx.$queryRaw<(SubjectTalk & { high: bigint })[]>`
    SELECT conversation_id AS id, first_seq AS low, last_seq AS high FROM retention_traces
     WHERE ledger_id = ${ledger.id} AND kind = 'subject' AND value = ${subject} AND type = '' ORDER BY first_seq LIMIT ${most + 1}`;
  const unread = [about, here, traces].flatMap((places) => places.splice(most).map(({ low }) => low));
  return {
    about,
    named: traces.filter(({ id }) => id !== ''),
    seqs: here.map(({ low }) => low),
    ranges: traces.filter(({ id }) => id === '').map(({ low, high }) => ({ from: low, to: high })),
    knownBefore: unread.length === 0 ? null : unread.reduce((a, b) => (a < b ? a : b)),
  };
}
