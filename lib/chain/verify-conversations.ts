import { inRanges } from './archive-manifest';
import type { SeqRange } from './archive-segment';
import { NumberRuns } from './number-runs';
import type { ChainBreak } from './verify-chain';

/** A record as the order of conversations needs it. Times in milliseconds since 1970; classification as rank. */
export interface ConversationStep {
  conversationId: string;
  conversationSeq: bigint;
  seq: bigint;
  recordId: string;
  occurredAt: number;
  action: string;
  actorId: string;
  actorType: string;
  agentName: string | null;
  subjectId: string | null;
  classification: number | null;
  agentSeq: number | null;
}

/** What the list of conversations shows of one; its members are the columns of the table. */
export interface ConversationSummary {
  conversation_id: string;
  record_count: bigint;
  first_seq: bigint;
  last_seq: bigint;
  first_at: number;
  last_at: number;
  agent_name: string | null;
  user_id: string | null;
  subject_id: string | null;
  classification: number | null;
  agent_seq_max: bigint;
  agent_seq_count: bigint;
  /** The sender's numbers that came, as {@link NumberRuns} writes them; null where they lay in too many runs to be kept. */
  agent_seqs: string | null;
  has_gap: boolean;
  ended: boolean;
}

export interface WalkedConversation {
  summary: ConversationSummary;
  numbers: NumberRuns;
  /** The most runs that the sender's numbers lay in at any time. */
  mostRuns: number;
  lastRecordId: string;
  lastNumber: bigint;
  /** Numbers of the conversation whose records are known to be missing: then the summary cannot be derived again. */
  missing: number;
}

/**
 * Numbers that entries without a record carry. A gap in a conversation that is one of these is told already, as the missing body; it must not be told
 * again as something else. Past the bound every gap counts as told: the verdict is spoilt by then.
 */
export class MissingNumbers {
  static readonly BOUND = 100_000;
  readonly #left = new Map<bigint, number>();
  #size = 0;

  /** Numbers of records that are in the archive, by conversation, ascending: whoever walks over many sets those of the ones that it is at. */
  archived: ReadonlyMap<string, readonly SeqRange[]> = new Map();

  add(conversationSeq: bigint): void {
    if (this.#size++ < MissingNumbers.BOUND) this.#left.set(conversationSeq, (this.#left.get(conversationSeq) ?? 0) + 1);
  }

  /** Whether all numbers of a conversation from `from` up to, not including, `to` are accounted for; then those of missing bodies are used up. */
  take(conversation: string, from: bigint, to: bigint): boolean {
    if (this.#size > MissingNumbers.BOUND) return true;
    const archived = this.archived.get(conversation) ?? [];
    // Whatever a column says: no more steps than there are numbers.
    const known = archived.reduce((sum, range) => sum + (range.to - range.from + 1n), BigInt(this.#size));
    if (to - from > known) return false;
    const open: bigint[] = [];
    for (let n = from; n < to; n++) if (!inRanges(archived, n)) open.push(n);
    if (open.some((n) => !this.#left.get(n))) return false;
    for (const n of open) this.#left.set(n, this.#left.get(n)! - 1);
    return true;
  }
}

/**
 * Records in the order of (conversation, number in it), which is another order than that of the chain: numbers must be 1, 2, 3 … and later numbers must
 * stand later in the ledger. State is one conversation, however many there are.
 */
export class ConversationWalk {
  #current: WalkedConversation | null = null;
  readonly #missing: MissingNumbers;

  constructor(missing: MissingNumbers = new MissingNumbers()) {
    this.#missing = missing;
  }

  /** @returns breaks of this record, and the conversation before where this record begins another. */
  step(record: ConversationStep): { breaks: ChainBreak[]; finished: WalkedConversation | null } {
    const breaks: ChainBreak[] = [];
    const before = this.#current;
    const same = before !== null && before.summary.conversation_id === record.conversationId;
    const walked = same ? before : begin(record);
    this.#current = walked;
    const expected = walked.lastNumber + 1n;
    const add = (wanted: string, found: string) =>
      breaks.push({ seq: record.seq, recordId: record.recordId, code: 'conversation_gap', expected: wanted, found });
    if (record.conversationSeq > expected && this.#missing.take(record.conversationId, expected, record.conversationSeq)) {
      walked.missing += Number(record.conversationSeq - expected);
    } else if (record.conversationSeq !== expected) {
      add(`${record.conversationId} ${expected}`, `${record.conversationId} ${record.conversationSeq}`);
    }
    if (same && record.seq <= walked.summary.last_seq)
      add(`${record.conversationId} ${record.conversationSeq} after entry ${walked.summary.last_seq}`, `at entry ${record.seq}`);
    include(walked, record);
    return { breaks, finished: same || before === null ? null : conclude(before) };
  }

  /** The last conversation. */
  finish(): WalkedConversation | null {
    const last = this.#current;
    this.#current = null;
    return last === null ? null : conclude(last);
  }
}

function begin(record: ConversationStep): WalkedConversation {
  return {
    summary: {
      conversation_id: record.conversationId,
      record_count: 0n,
      first_seq: record.seq,
      last_seq: record.seq,
      first_at: record.occurredAt,
      last_at: record.occurredAt,
      agent_name: null,
      user_id: null,
      subject_id: null,
      classification: null,
      agent_seq_max: 0n,
      agent_seq_count: 0n,
      agent_seqs: null,
      has_gap: false,
      ended: false,
    },
    numbers: new NumberRuns(),
    mostRuns: 0,
    lastRecordId: record.recordId,
    lastNumber: 0n,
    missing: 0,
  };
}

/** What append adds for one more record. */
function include(walked: WalkedConversation, record: ConversationStep): void {
  const s = walked.summary;
  walked.lastRecordId = record.recordId;
  walked.lastNumber = record.conversationSeq;
  s.record_count++;
  s.last_seq = record.seq;
  s.first_at = Math.min(s.first_at, record.occurredAt);
  s.last_at = Math.max(s.last_at, record.occurredAt);
  s.agent_name ??= record.agentName;
  if (record.actorType === 'user') s.user_id ??= record.actorId;
  s.subject_id ??= record.subjectId;
  if (record.classification !== null) s.classification = Math.max(s.classification ?? 0, record.classification);
  if (record.agentSeq !== null) {
    s.agent_seq_count++;
    if (BigInt(record.agentSeq) > s.agent_seq_max) s.agent_seq_max = BigInt(record.agentSeq);
    if (walked.mostRuns <= RUNS_WALKED) walked.numbers.add(record.agentSeq);
    walked.mostRuns = Math.max(walked.mostRuns, walked.numbers.runs);
  }
  s.ended ||= record.action === 'conversation_ended';
}

/** Append keeps the numbers while they lie in so many runs; it looks after each batch, so that within one there may have been more. */
const RUNS_KEPT = 1_000;
/** Far more than any batch adds: a conversation that had as many is one whose numbers are not kept. */
const RUNS_WALKED = 100_000;

function conclude(walked: WalkedConversation): WalkedConversation {
  walked.summary.agent_seqs = walked.mostRuns > RUNS_WALKED ? null : walked.numbers.toString();
  walked.summary.has_gap = walked.mostRuns > RUNS_WALKED ? gapByCount(walked.summary) : !walked.numbers.isWhole();
  return walked;
}

/** What the counts alone tell, where the numbers are not kept. */
function gapByCount(summary: ConversationSummary): boolean {
  return summary.agent_seq_max > summary.agent_seq_count;
}

/**
 * A line of the list against what the records make of it, so that nobody can hide a conversation, or a gap in one, by editing the list.
 * @param walked null where the list names a conversation that has no record; @param stored null where the list leaves one out.
 */
export function compareSummary(
  walked: WalkedConversation | null,
  stored: ConversationSummary | null,
  missing: MissingNumbers = new MissingNumbers(),
): ChainBreak[] {
  const name = (walked?.summary ?? stored!).conversation_id;
  const at = { seq: walked?.summary.last_seq ?? stored!.first_seq, recordId: walked?.lastRecordId ?? null };
  const broken = (expected: string, found: string): ChainBreak => ({ ...at, code: 'projection_altered', expected, found });
  if (stored === null) return [broken(`conversations ${name}: ${walked!.summary.record_count} records`, `conversations ${name}: (none)`)];
  const known = (walked?.summary.record_count ?? 0n) + BigInt(walked?.missing ?? 0);
  const lost = stored.record_count > known && missing.take(name, known + 1n, stored.record_count + 1n);
  if (walked === null)
    return lost ? [] : [broken(`conversations ${name}: (none)`, `conversations ${name}: ${stored.record_count} records`)];
  if (lost || walked.missing > 0) return [];
  const breaks: ChainBreak[] = [];
  const notKept = stored.agent_seqs === null && walked.mostRuns > RUNS_KEPT;
  const summary = notKept ? { ...walked.summary, agent_seqs: null, has_gap: gapByCount(walked.summary) } : walked.summary;
  for (const field of Object.keys(summary) as (keyof ConversationSummary)[]) {
    if (summary[field] !== stored[field])
      breaks.push(
        broken(
          `conversations ${name} ${field}: ${say(field, summary[field])}`,
          `conversations ${name} ${field}: ${say(field, stored[field])}`,
        ),
      );
  }
  return breaks;
}

function say(field: keyof ConversationSummary, value: string | number | bigint | boolean | null): string {
  if (value === null) return '(none)';
  if (typeof value === 'number' && (field === 'first_at' || field === 'last_at')) {
    // A database holds times that a Date does not; what somebody put there must not end the run that finds it.
    const time = new Date(value);
    return Number.isNaN(time.getTime()) ? (value < 0 ? '-infinity' : 'infinity') : time.toISOString();
  }
  return String(value);
}
