import 'server-only';
import { sayRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { mergeRanges } from '@/lib/chain/merge-ranges';
import { pagePositions } from '@/lib/chain/page-positions';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readConversationPositions } from '@/lib/ledger/read-conversations';
import { readDueBlocks, readSubjectPlaces } from '@/lib/ledger/read-destruction-scope';
import { readHead } from '@/lib/ledger/read-entries';
import { registryInForce } from '@/lib/ledger/read-registry';
import type { DestructionFound, DestructionScope } from '@/lib/schema/destruction';
import { GOVERNING_ACTIONS, type GoverningAction, isGoverning } from '@/lib/schema/vocabulary';
import { JUDGED_AT_ONCE, Judge, type Judged } from './judge-records';

/** Records that one request names at most: what is left can be asked for when it is done. */
export const MOST_NAMED = 100_000;
/** A look takes no longer; what it has found by then is told as far as it went. */
const LOOK_MS = 20_000;
const CONVERSATIONS_SHOWN = 20;
const CONVERSATIONS_COUNTED = 10_000;

export interface Survey {
  found: DestructionFound;
  /** Positions of what is due, ascending. */
  ranges: SeqRange[];
}

/**
 * Looks at a scope record by record: what of it may be destroyed now. Nothing is changed. What it names is what a request names; records that come later are not in it.
 * @param mostMs how long it may look
 * @param most due records at which it ends
 * @param places where records about a person may lie that are read, of each kind; what lies behind the last of them is not looked at
 */
export async function surveyScope(
  ledger: Pick<LedgerRow, 'id' | 'origin'>,
  scope: DestructionScope,
  {
    now = Date.now,
    mostMs = LOOK_MS,
    most = MOST_NAMED,
    places,
  }: { now?: () => number; mostMs?: number; most?: number; places?: number } = {},
): Promise<Survey> {
  const judge = new Judge(ledger, now);
  const until = performance.now() + mostMs;
  const person = scope.kind === 'subject' ? await findPerson(ledger, scope.value, places, until - mostMs / 2) : null;
  const takes = filterOf(scope, person);
  const tally = new Tally(judge);
  let last: bigint | null = null;
  for await (const seqs of positionsOf(ledger, scope, person, judge)) {
    const { judged } = await judge.judge(seqs);
    for (const one of judged) {
      if (!takes(one)) continue;
      tally.add(one);
      if (tally.due >= most) return tally.end(one.seq);
    }
    last = seqs.at(-1) ?? last;
    if (performance.now() > until) return tally.end(last);
  }
  return tally.end(person?.lookedTo ?? null);
}

/** Of positions that a request named: what is to be said of them now. */
export async function surveyNamed(
  ledger: Pick<LedgerRow, 'id' | 'origin'>,
  pages: AsyncIterable<bigint[]>,
  now: () => number = Date.now,
): Promise<DestructionFound> {
  const judge = new Judge(ledger, now);
  const tally = new Tally(judge);
  for await (const seqs of pages) for (const one of (await judge.judge(seqs)).judged) tally.add(one);
  return tally.end(null).found;
}

/** What was found, summed up in memory that does not grow with the records. */
class Tally {
  due = 0;
  readonly #judge: Judge;
  readonly #counts = { archived: 0, held: 0, not_due: 0, unsound: 0, unreachable: 0, destroyed: 0 };
  readonly #ranges: SeqRange[] = [];
  readonly #policies = new Map<string, { records: number; earliest: string; latest: string }>();
  readonly #holds = new Set<number>();
  readonly #talks = new Map<string, number>();
  readonly #governing = new Map<GoverningAction, number>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  add({ seq, verdict, archived, policy, keepUntil, holds, conversationId, action }: Judged): void {
    if (verdict === 'gone') return;
    if (verdict !== 'due') {
      this.#counts[verdict]++;
      if (verdict === 'held') for (const number of holds) this.#holds.add(number);
      return;
    }
    this.due++;
    if (archived !== null) this.#counts.archived++;
    if (isGoverning(action)) this.#governing.set(action, (this.#governing.get(action) ?? 0) + 1);
    const last = this.#ranges.at(-1);
    if (last !== undefined && last.to + 1n === seq) last.to = seq;
    else this.#ranges.push({ from: seq, to: seq });
    const until = keepUntil!;
    const known = this.#policies.get(policy);
    if (known === undefined) this.#policies.set(policy, { records: 1, earliest: until, latest: until });
    else {
      known.records++;
      if (until < known.earliest) known.earliest = until;
      if (until > known.latest) known.latest = until;
    }
    if (conversationId !== null && (this.#talks.has(conversationId) || this.#talks.size < CONVERSATIONS_COUNTED))
      this.#talks.set(conversationId, (this.#talks.get(conversationId) ?? 0) + 1);
  }

  /** @param lookedTo null where all was looked at */
  end(lookedTo: bigint | null): Survey {
    const ranges = this.#ranges;
    const [first, last] = [ranges[0], ranges.at(-1)];
    return {
      ranges,
      found: {
        today: this.#judge.today,
        policies_version: this.#judge.policiesVersion,
        due: this.due,
        ...this.#counts,
        complete: lookedTo === null,
        looked_to: lookedTo === null ? null : String(lookedTo),
        first_seq: first === undefined ? null : String(first.from),
        last_seq: last === undefined ? null : String(last.to),
        policies: [...this.#policies].map(([policy, { records, earliest, latest }]) => ({
          policy,
          records,
          keep_until: { earliest, latest },
        })),
        governing: GOVERNING_ACTIONS.filter((action) => this.#governing.has(action)).map((action) => ({
          action,
          records: this.#governing.get(action)!,
        })),
        holds: [...this.#holds].sort((a, b) => a - b).slice(0, 50),
        conversations: [...this.#talks].slice(0, CONVERSATIONS_SHOWN).map(([conversation_id, records]) => ({ conversation_id, records })),
      },
    };
  }
}

interface Person {
  /** Conversations that are about the person. */
  talks: Set<string>;
  /** Where records about the person may lie, and others between them. Ascending. */
  ranges: SeqRange[];
  /** How far that is known; null where it is all. */
  lookedTo: bigint | null;
}

/** @param until when it ends, with what it knows by then: conversations are read in the order in which they begin */
async function findPerson(ledger: Pick<LedgerRow, 'id'>, subject: string, places: number | undefined, until: number): Promise<Person> {
  const { about, named, seqs, ranges, knownBefore } = await boundedRead((tx) => readSubjectPlaces(tx, ledger, subject, places));
  const lows = new Map<string, bigint>();
  for (const { id, low } of [...about, ...named]) if (low < (lows.get(id) ?? low + 1n)) lows.set(id, low);
  let before = knownBefore;
  const all = [...ranges, ...seqs.map((seq) => ({ from: seq, to: seq }))];
  let read = 0;
  for (const [id, low] of [...lows].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    if (before !== null && low >= before) break;
    // The first one is read whatever it takes.
    if (read++ > 0 && performance.now() > until) {
      before = low;
      break;
    }
    for (const seq of await positionsOfTalk(ledger, id)) all.push({ from: seq, to: seq });
  }
  const cut =
    before === null ? all : all.filter(({ from }) => from < before).map(({ from, to }) => ({ from, to: to < before ? to : before - 1n }));
  return { talks: new Set(about.map(({ id }) => id)), ranges: mergeRanges(cut), lookedTo: before === null ? null : before - 1n };
}

/** Which of the records that are looked at are in the scope. */
function filterOf(scope: DestructionScope, person: Person | null): (one: Judged) => boolean {
  if (scope.kind === 'policy')
    return ({ verdict, policy, keepUntil }) =>
      verdict === 'unsound' || verdict === 'unreachable'
        ? true
        : verdict !== 'destroyed' && policy === scope.value && keepUntil !== null && keepUntil <= scope.until;
  if (scope.kind !== 'subject') return () => true;
  return ({ subjectId, conversationId, verdict }) =>
    subjectId === scope.value || (conversationId !== null && person!.talks.has(conversationId)) || verdict === 'unreachable';
}

/** Positions that may be in the scope, ascending, some at a time. */
async function* positionsOf(
  ledger: Pick<LedgerRow, 'id'>,
  scope: DestructionScope,
  person: Person | null,
  judge: Judge,
): AsyncGenerator<bigint[]> {
  const head = (await boundedRead((tx) => readHead(tx, ledger.id)))?.seq ?? -1n;
  switch (scope.kind) {
    case 'range':
      yield* pagesBetween(BigInt(scope.from), BigInt(scope.to) < head ? BigInt(scope.to) : head);
      return;
    case 'conversation':
      yield* pagesOf(await positionsOfTalk(ledger, scope.value));
      return;
    case 'subject':
      // What lies between places far apart is looked at page by page, and not gathered.
      yield* pagePositions(
        person!.ranges.map(({ from, to }) => ({ from, to: to < head ? to : head })),
        JUDGED_AT_ONCE,
      );
      return;
    case 'policy': {
      const registry = await registryInForce(ledger.id);
      const blocks = await boundedRead((tx) => readDueBlocks(tx, ledger.id, registry, judge.today));
      for (const { from, to } of blocks) yield* pagesBetween(from, to < head ? to : head);
    }
  }
}

/** Conversations of a few thousand records are the largest that there are. */
async function positionsOfTalk(ledger: Pick<LedgerRow, 'id'>, talk: string): Promise<bigint[]> {
  const seqs: bigint[] = [];
  for (let after = 0n; ; ) {
    const page = await boundedRead((tx) => readConversationPositions(tx, ledger, talk, after, 5_000));
    seqs.push(...page.map(({ seq }) => seq));
    if (page.length < 5_000) return seqs;
    after = page.at(-1)!.conversation_seq;
  }
}

function* pagesOf(seqs: bigint[]): Generator<bigint[]> {
  const sorted = seqs.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (let at = 0; at < sorted.length; at += JUDGED_AT_ONCE) yield sorted.slice(at, at + JUDGED_AT_ONCE);
}

export function* pagesBetween(from: bigint, to: bigint): Generator<bigint[]> {
  for (let low = from; low <= to; low += BigInt(JUDGED_AT_ONCE)) {
    const high = low + BigInt(JUDGED_AT_ONCE) - 1n < to ? low + BigInt(JUDGED_AT_ONCE) - 1n : to;
    yield Array.from({ length: Number(high - low + 1n) }, (_, i) => low + BigInt(i));
  }
}

/** As the database takes them. */
export const sayPositions = (ranges: readonly SeqRange[]): string => sayRanges(ranges);
