import 'server-only';
import type { Due } from '@/lib/archive/plan-segments';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { RETENTION_BLOCK, readDirtyBlocks, readHotLines, readKindsBehind } from '@/lib/ledger/read-due';
import { registryInForce } from '@/lib/ledger/read-registry';
import { readMarks, readPolicies, readReached, readRetentionProgress } from '@/lib/ledger/read-retention';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { type CalendarDay, dayAfter, dayOf } from '@/lib/policy/retention-calendar';
import { isArchivable } from '@/lib/policy/retention-decide';
import { makeRules, type Rules } from '@/lib/policy/retention-rules';
import { mapNow } from '@/lib/policy/retention-unmapped';
import { deciderOf, noTriggers, type Weighed, weigh } from '@/lib/policy/retention-weigh';
import { decidingTime } from './read-clock';

/** A page of `due` reads these many records at most: one short transaction. */
const PAGE = 2_000;

export interface FoundDue {
  seq: bigint;
  conversationId: string | null;
  /** Code of the policy that decides how long it is kept. */
  policy: string;
  retainUntil: Date;
}

/**
 * What may leave hot storage by the policies in force: its hot time is over and no hold reaches it. Blocks of which the counts of retention say that nothing is due
 * are passed over, so that a run over ten million records reads those that go.
 */
export class DueRecords {
  readonly #ledgerId: number;
  readonly #rules: Rules;
  readonly #registry: RegistryIndex;
  readonly #today: CalendarDay;
  readonly #policy: string | undefined;
  /** Blocks in which something may be due, ascending; from `#open` on every one. */
  readonly #blocks: readonly bigint[];
  readonly #open: bigint;
  /** About how many there are, by the counts alone: what holds keep is among them, and what is not counted yet is not. */
  readonly about: number;

  private constructor(
    ledgerId: number,
    parts: {
      rules: Rules;
      registry: RegistryIndex;
      today: CalendarDay;
      policy: string | undefined;
      blocks: readonly bigint[];
      open: bigint;
      about: number;
    },
  ) {
    this.#ledgerId = ledgerId;
    this.#rules = parts.rules;
    this.#registry = parts.registry;
    this.#today = parts.today;
    this.#policy = parts.policy;
    this.#blocks = parts.blocks;
    this.#open = parts.open;
    this.about = parts.about;
  }

  /** @param policy only records that this policy applies to; now: in milliseconds, the database's unless it is given. @throws ArchiveFault clock */
  static async of(ledger: { id: number }, { policy, now }: { policy?: string; now?: number } = {}): Promise<DueRecords> {
    const registry = await registryInForce(ledger.id);
    const today = dayOf(now ?? (await decidingTime()));
    return boundedRead(async (tx) => {
      const rules = makeRules(await readPolicies(tx, ledger.id));
      const { countedTo } = await readRetentionProgress(tx, ledger.id);
      const { triggers } = await readMarks(tx, ledger.id);
      const classes = await tx.$queryRaw<{ id: number; domains: string; unmapped: string[] }[]>`
        SELECT id, domains, unmapped FROM retention_classes WHERE ledger_id = ${ledger.id}`;
      const classOf = new Map(classes.map(({ id, domains, unmapped }) => [id, mapNow(splitDomains(domains), unmapped, registry)]));
      const blocks = new Set((await readDirtyBlocks(tx, ledger.id)).map(BigInt));
      let about = 0;
      for (const line of await readHotLines(tx, ledger.id)) {
        const kind = classOf.get(line.class);
        // Where a trigger event reaches the line, or its class is one of too many to be told apart, its records are looked at.
        const unsure = kind === undefined || line.marks.some((mark) => triggers.has(mark));
        const days = { event: line.event_day, recorded: line.recorded_day, triggers: noTriggers() };
        const weighed = kind === undefined ? null : weigh({ ...days, ...kind }, rules);
        const due = weighed !== null && isArchivable(weighed.archiveFrom, today, false);
        if (unsure || due) blocks.add(BigInt(line.block));
        if (due && appliesTo(weighed, policy)) about += Number(line.count);
      }
      const ascending = [...blocks].sort((a, b) => (a < b ? -1 : 1));
      return new DueRecords(ledger.id, { rules, registry, today, policy, blocks: ascending, open: countedTo + 1n, about });
    });
  }

  /** In the form that archival asks for. */
  readonly due: Due = async (_ledgerId, after, limit) => {
    const { found, next, held } = await this.find(after, Math.min(limit, PAGE));
    return { rows: found.map(({ seq, retainUntil }) => ({ seq, retainUntil })), next, held };
  };

  /** Behind a position: what is due of the next records that may be; where to go on, null at the end; and how many a hold keeps. */
  async find(after: bigint, limit: number): Promise<{ found: FoundDue[]; next: bigint | null; held: number }> {
    const span = this.#spanBehind(after);
    if (span === null) return { found: [], next: null, held: 0 };
    const { kinds, reached } = await boundedRead(async (tx) => {
      const kinds = await readKindsBehind(tx, this.#ledgerId, span.after, span.to, limit);
      const seqs = kinds.map(({ seq }) => seq);
      return { kinds, reached: await readReached(tx, this.#ledgerId, seqs) };
    });
    const found: FoundDue[] = [];
    let held = 0;
    for (const { seq, event_day: event, recorded_day: recorded, domains, unmapped, conversation_id } of kinds) {
      const { holds, triggers } = reached.get(seq)!;
      const mapped = mapNow(splitDomains(domains ?? ''), unmapped, this.#registry);
      const weighed = weigh({ event, recorded, ...mapped, triggers }, this.#rules);
      if (!appliesTo(weighed, this.#policy) || !isArchivable(weighed.archiveFrom, this.#today, false)) continue;
      if (holds.length > 0) held++;
      else found.push({ seq, conversationId: conversation_id, policy: deciderOf(weighed) ?? '', retainUntil: this.#retainUntil(weighed) });
    }
    if (kinds.length === limit) return { found, next: kinds.at(-1)!.seq, held };
    return { found, next: this.#spanBehind(span.to) === null ? null : span.to, held };
  }

  /** The next positions that may be due: the rest of a block, or of the ledger behind what is counted. */
  #spanBehind(after: bigint): { after: bigint; to: bigint } | null {
    const last = 2n ** 62n;
    if (after >= last) return null;
    const block = this.#blocks.find((one) => (one + 1n) * RETENTION_BLOCK - 1n > after);
    if (block === undefined || block * RETENTION_BLOCK >= this.#open)
      return { after: after < this.#open - 1n ? this.#open - 1n : after, to: last };
    const start = block * RETENTION_BLOCK - 1n;
    return { after: after > start ? after : start, to: (block + 1n) * RETENTION_BLOCK - 1n };
  }

  /**
   * The lock of a copy: through the last day that it is kept. An open clock is taken as if it had started today, under the longest minimum that is on; and no lock is
   * shorter than a day, or a store would not take it.
   */
  #retainUntil({ keepUntil, minimums }: Weighed): Date {
    let day = keepUntil;
    if (day === null && minimums.length > 0)
      for (const rule of this.#rules.floors) {
        const end = rule.floorEnd!(this.#today);
        if (day === null || end > day) day = end;
      }
    const least = dayAfter(dayAfter(this.#today));
    const until = day === null || dayAfter(day) < least ? least : dayAfter(day);
    return new Date(`${until}T00:00:00.000Z`);
  }
}

/** @param policy none: every record is meant */
function appliesTo({ minimums, maximums, silent }: Weighed, policy: string | undefined): boolean {
  if (policy === undefined) return true;
  return [...minimums, ...maximums].some(({ rule }) => rule.policy.code === policy) || silent.some((rule) => rule.policy.code === policy);
}

function splitDomains(domains: string): string[] {
  return domains === '' ? [] : domains.split(',');
}
