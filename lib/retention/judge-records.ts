import 'server-only';
import { fetchSegment } from '@/lib/archive/fetch-segment';
import { type Segment, segmentsBetween } from '@/lib/archive/segments';
import { inRanges } from '@/lib/chain/archive-manifest';
import { equalBytes } from '@/lib/chain/bytes';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { decodeBody } from '@/lib/ledger/decode-body';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { projectBody } from '@/lib/ledger/project-body';
import { findDestroyed } from '@/lib/ledger/read-destroyed';
import { type ArchivedFacts, readArchivedReached, readHeaders, readKindsAt, readRulesMark, readWordsHeld } from '@/lib/ledger/read-judged';
import { forgetRegistry, registryInForce } from '@/lib/ledger/read-registry';
import { type Reached, readPolicies, readReached } from '@/lib/ledger/read-retention';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { type CalendarDay, dayOf } from '@/lib/policy/retention-calendar';
import { isDue } from '@/lib/policy/retention-decide';
import { makeRules, type Rules } from '@/lib/policy/retention-rules';
import { mapNow, unmappedOf } from '@/lib/policy/retention-unmapped';
import { deciderOf, weigh } from '@/lib/policy/retention-weigh';

/**
 * due: past its minimum and under no hold. unsound: its body is not the one that its entry names, which is evidence and stays. unreachable: the archive does not answer.
 * gone: no body anywhere, which a verification tells.
 */
export type Verdict = 'due' | 'held' | 'not_due' | 'unsound' | 'unreachable' | 'destroyed' | 'gone';

export interface Judged {
  seq: bigint;
  verdict: Verdict;
  conversationId: string | null;
  subjectId: string | null;
  /** What it records; null where its body is not known. */
  action: string | null;
  /** Code of the policy that decides; '' where none does. */
  policy: string;
  keepUntil: CalendarDay | null;
  /** Numbers of the holds that reach it. */
  holds: number[];
  /** Where its body is in the archive alone: in which segment, and what it says. */
  archived: { segment: bigint; facts: ArchivedFacts } | null;
}

/** Positions of one call. */
export const JUDGED_AT_ONCE = 500;

/**
 * Decides record by record whether it may be destroyed, by the rules in force at that moment. `mark` names those rules: the database takes nothing away that was decided
 * by others.
 */
export class Judge {
  readonly #ledger: Pick<LedgerRow, 'id' | 'origin'>;
  readonly #now: () => number;
  #loaded: { rules: Rules; registry: RegistryIndex; version: number; mark: string } | null = null;

  constructor(ledger: Pick<LedgerRow, 'id' | 'origin'>, now: () => number = Date.now) {
    this.#ledger = ledger;
    this.#now = now;
  }

  get today(): CalendarDay {
    return dayOf(this.#now());
  }

  /** Of the policies that the last call decided by. */
  get policiesVersion(): number {
    return this.#loaded?.version ?? 0;
  }

  /** @param seqs ascending, at most {@link JUDGED_AT_ONCE}. @returns them in the same order, those without an entry left out */
  async judge(seqs: readonly bigint[]): Promise<{ judged: Judged[]; mark: string }> {
    for (;;) {
      try {
        return await this.#judge(seqs);
      } catch (error) {
        if (!(error instanceof RulesMoved)) throw error;
      }
    }
  }

  async #judge(seqs: readonly bigint[]): Promise<{ judged: Judged[]; mark: string }> {
    const today = this.today;
    const here = await boundedRead(async (tx) => {
      const { rules, registry, mark } = await this.#load(tx);
      const kinds = await readKindsAt(tx, this.#ledger.id, seqs);
      const positions = kinds.map(({ seq }) => seq);
      const reached = await readReached(tx, this.#ledger.id, positions);
      const words = await readWordsHeld(
        tx,
        this.#ledger.id,
        kinds.map(({ seq, conversation_id }) => ({ seq, conversationId: conversation_id })),
      );
      const judged = kinds.map((kind): Judged => {
        const found = decideOne(
          { ...kind, domains: kind.domains === null ? [] : kind.domains.split(',') },
          { ...reached.get(kind.seq)!, words: words.get(kind.seq) ?? [] },
          { rules, registry, today },
        );
        const own = {
          seq: kind.seq,
          conversationId: kind.conversation_id,
          subjectId: kind.subject_id,
          action: kind.action,
          archived: null,
        };
        return { ...own, ...found, verdict: kind.sound ? found.verdict : 'unsound' };
      });
      return { judged, mark };
    });
    const known = new Set(here.judged.map(({ seq }) => seq));
    const rest = seqs.filter((seq) => !known.has(seq));
    if (rest.length === 0) return here;
    const away = await this.#judgeAway(rest, today, here.mark);
    const judged = [...here.judged, ...away].sort((a, b) => (a.seq < b.seq ? -1 : 1));
    return { judged, mark: here.mark };
  }

  async #load(tx: Tx): Promise<{ rules: Rules; registry: RegistryIndex; version: number; mark: string }> {
    const mark = await readRulesMark(tx, this.#ledger.id);
    if (this.#loaded?.mark === mark) return this.#loaded;
    forgetRegistry(this.#ledger.id);
    const registry = await registryInForce(this.#ledger.id);
    const { version, ...policies } = await readPolicies(tx, this.#ledger.id);
    if (!mark.startsWith(`${version}/${registry.version}/`)) throw new RulesMoved();
    this.#loaded = { rules: makeRules(policies), registry, version, mark };
    return this.#loaded;
  }

  /** What is not here: destroyed, in the archive, or gone. */
  async #judgeAway(seqs: readonly bigint[], today: CalendarDay, mark: string): Promise<Judged[]> {
    const ledgerId = this.#ledger.id;
    const destroyed = await findDestroyed(ledgerId, seqs);
    const headers = await boundedRead((tx) => readHeaders(tx, ledgerId, seqs));
    const wanted = headers.filter(({ seq }) => !destroyed.has(seq));
    const nothing = { conversationId: null, subjectId: null, action: null, policy: '', keepUntil: null, holds: [], archived: null };
    const found: Judged[] = headers
      .filter(({ seq }) => destroyed.has(seq))
      .map(({ seq }) => ({ seq, verdict: 'destroyed', ...nothing }) as const);
    const facts: { facts: ArchivedFacts; action: string; segment: bigint; recorded: CalendarDay }[] = [];
    for (const [segment, rows] of await this.#placesOf(wanted)) {
      if (segment === null) {
        for (const { seq } of rows) found.push({ seq, verdict: 'gone', ...nothing });
        continue;
      }
      const fetched = await fetchSegment(this.#ledger, segment);
      for (const { seq, body_hash, recorded_day } of rows) {
        const body = 'say' in fetched ? undefined : fetched.body(seq);
        const read = body !== undefined && equalBytes(nodeSha256(body), body_hash) ? readFacts(seq, body) : null;
        if (read !== null) facts.push({ ...read, segment: segment.number, recorded: recorded_day });
        else if (!('say' in fetched) && fetched.destroyed(seq)) found.push({ seq, verdict: 'destroyed', ...nothing });
        else found.push({ seq, verdict: 'say' in fetched && fetched.state === 'unreachable' ? 'unreachable' : 'unsound', ...nothing });
      }
    }
    if (facts.length === 0) return found;
    return boundedRead(async (tx) => {
      const { rules, registry, mark: now } = await this.#load(tx);
      if (now !== mark) throw new RulesMoved();
      const reached = await readArchivedReached(
        tx,
        ledgerId,
        facts.map((one) => one.facts),
      );
      const words = await readWordsHeld(
        tx,
        ledgerId,
        facts.map((one) => ({ seq: BigInt(one.facts.seq), conversationId: one.facts.conversation_id })),
      );
      for (const { facts: own, action, segment, recorded } of facts) {
        const seq = BigInt(own.seq);
        const domains = own.domains === null ? [] : own.domains.split(',');
        const decided = decideOne(
          { event_day: own.event_day, recorded_day: recorded, domains, unmapped: own.unmapped },
          { ...reached.get(seq)!, words: words.get(seq) ?? [] },
          { rules, registry, today },
        );
        const known = { seq, conversationId: own.conversation_id, subjectId: own.subject_id, action };
        found.push({ ...known, archived: { segment, facts: own }, ...decided });
      }
      return found;
    });
  }

  async #placesOf<T extends { seq: bigint }>(rows: readonly T[]): Promise<Map<Segment | null, T[]>> {
    const places = new Map<Segment | null, T[]>();
    if (rows.length === 0) return places;
    const sorted = [...rows].sort((a, b) => (a.seq < b.seq ? -1 : 1));
    const confirmed = (await segmentsBetween(this.#ledger.id, sorted[0]!.seq, sorted.at(-1)!.seq)).filter(
      ({ state }) => state === 'confirmed' || state === 'pruned',
    );
    for (const row of sorted) {
      const segment =
        confirmed.find(({ ranges, firstSeq, lastSeq }) => firstSeq <= row.seq && row.seq <= lastSeq && inRanges(ranges, row.seq)) ?? null;
      places.set(segment, [...(places.get(segment) ?? []), row]);
    }
    return places;
  }
}

/** They changed between two looks: once more. */
class RulesMoved extends Error {}

function decideOne(
  kind: { event_day: string; recorded_day: string; domains: readonly string[]; unmapped: readonly string[] },
  { holds, triggers, words }: Reached & { words: number[] },
  { rules, registry, today }: { rules: Rules; registry: RegistryIndex; today: CalendarDay },
): Pick<Judged, 'verdict' | 'policy' | 'keepUntil' | 'holds'> {
  const mapped = mapNow(kind.domains, kind.unmapped, registry);
  const weighed = weigh({ event: kind.event_day, recorded: kind.recorded_day, ...mapped, triggers }, rules);
  const numbers = [...new Set([...holds.map(({ number }) => number), ...words])].sort((a, b) => a - b);
  const past = isDue(weighed.keepUntil, today, false);
  return {
    verdict: !past ? 'not_due' : numbers.length > 0 ? 'held' : 'due',
    policy: deciderOf(weighed) ?? '',
    keepUntil: weighed.keepUntil,
    holds: numbers,
  };
}

function readFacts(seq: bigint, bytes: Buffer): { facts: ArchivedFacts; action: string } | null {
  const columns = projectBody(bytes);
  const body = decodeBody(bytes);
  if (columns === null || body === null) return null;
  const facts = {
    seq: String(seq),
    conversation_id: columns.conversationId,
    subject_id: columns.subjectId,
    actor_id: columns.actorId,
    agent_name: columns.agentName,
    resource_type: columns.resourceType,
    resource_id: columns.resourceId,
    event_day: dayOf(columns.occurredAt),
    domains: columns.domains,
    unmapped: unmappedOf(body),
  };
  return { facts, action: columns.action };
}
