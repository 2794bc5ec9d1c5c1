import * as z from 'zod/mini';
import { Seq } from './seq';
import { IDENTIFIER } from './vocabulary';

/**
 * Retention: what is kept until when, and why. Days are calendar days in UTC, `YYYY-MM-DD`; periods are calendar years or months, never days
 * (six years are 2191 or 2192 days).
 */

/** One line of a person's own words without what cannot be seen. */
const line = (least: number, most: number) =>
  z.string().check(z.trim(), z.minLength(least), z.maxLength(most), z.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u));
const time = z.string();

/** A day of the calendar that there is: not 2026-02-30. */
export const Day = z.string().check(
  z.regex(/^\d{4}-\d{2}-\d{2}$/),
  z.refine((value) => !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value)),
);

const number = (most: number) => z.int().check(z.gte(1), z.lte(most));
/** Calendar years, or calendar months. */
export const Period = z.union([z.strictObject({ years: number(100) }), z.strictObject({ months: number(1200) })]);
export type Period = z.infer<typeof Period>;

/** As a record's `domains` name it. */
export const PolicyCode = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/));
const triggerName = z.string().check(z.regex(/^[a-z][a-z0-9_]{0,39}$/));

/**
 * Where a policy's clock starts. `event`: the day that the sender gives; `recorded`: the day on which the server recorded it; `trigger`: the day of an event that
 * a person enters later. Until then `or_else` stands in, and where that is null the clock is open.
 */
export const CLOCKS = ['event', 'recorded', 'trigger'] as const;

export const RetentionPolicy = z.strictObject({
  code: PolicyCode,
  title: line(1, 80),
  /** Kept at least for so long; null: sets no minimum. */
  floor: z.nullable(Period),
  /** Kept no longer than that; null: sets no maximum. */
  ceiling: z.nullable(Period),
  clock: z.enum(CLOCKS),
  /** With clock `trigger`, what starts it; with another clock, what moves its start where it comes later. */
  trigger: z.nullable(triggerName),
  /** Only with clock `trigger`. */
  or_else: z.nullable(z.enum(['event', 'recorded'])),
  /** Kept in hot storage for so long; then it may be archived. null: says nothing about it. */
  hot: z.nullable(Period),
  /** What else the rule asks for. */
  note: z.nullable(line(1, 500)),
  /** The clause. */
  source: line(1, 200),
  on: z.boolean(),
});
export type RetentionPolicy = z.infer<typeof RetentionPolicy>;

/** A person's answer to a conflict between one policy's minimum and another's maximum, for every record under both. */
export const Settlement = z.strictObject({
  floor: PolicyCode,
  ceiling: PolicyCode,
  in_favour_of: z.enum(['floor', 'ceiling']),
  reason: line(3, 500),
});
export type Settlement = z.infer<typeof Settlement>;

export const RETENTION_LIMITS = { policies: 100, settlements: 200, /** Policies and settlements of one change. */ changes: 20 } as const;

/** All policies of a ledger, as one version holds them. */
export interface PolicySet {
  policies: readonly RetentionPolicy[];
  settlements: readonly Settlement[];
}

/** Members that are left out stay as they are, or as the catalogue has them. A code that neither knows is a policy of one's own, and needs them all. */
const PolicyChange = z.strictObject({
  code: PolicyCode,
  title: z.optional(RetentionPolicy.shape.title),
  floor: z.optional(RetentionPolicy.shape.floor),
  ceiling: z.optional(RetentionPolicy.shape.ceiling),
  clock: z.optional(RetentionPolicy.shape.clock),
  trigger: z.optional(RetentionPolicy.shape.trigger),
  or_else: z.optional(RetentionPolicy.shape.or_else),
  hot: z.optional(RetentionPolicy.shape.hot),
  note: z.optional(RetentionPolicy.shape.note),
  source: z.optional(RetentionPolicy.shape.source),
  on: z.optional(z.boolean()),
});
export type PolicyChange = z.infer<typeof PolicyChange>;

const changes = {
  set: z._default(z.array(PolicyChange).check(z.maxLength(RETENTION_LIMITS.changes)), []),
  /** In place of what was settled between the same two policies before. */
  settle: z._default(z.array(Settlement).check(z.maxLength(RETENTION_LIMITS.changes)), []),
  /** Takes a settlement away: the conflict is open again. */
  reopen: z._default(
    z.array(z.strictObject({ floor: PolicyCode, ceiling: PolicyCode })).check(z.maxLength(RETENTION_LIMITS.settlements)),
    [],
  ),
};
export const PoliciesPreviewBody = z.strictObject(changes);
export type PoliciesWish = z.infer<typeof PoliciesPreviewBody>;
export const PoliciesBody = z.strictObject({ ...changes, if_version: z.int().check(z.gte(0)), reason: line(3, 1000) });
export type PoliciesChange = z.infer<typeof PoliciesBody>;

/** As they are told: what a person wrote was judged when it came in. */
const StoredPolicy = z.object({ ...RetentionPolicy.shape, title: z.string(), note: z.nullable(z.string()), source: z.string() });
const StoredSettlement = z.object({ ...Settlement.shape, reason: z.string() });

export const POLICY_ORIGINS = ['seed', 'catalogue', 'own'] as const;
const PolicyAnswer = z.object({
  ...StoredPolicy.shape,
  origin: z.enum(POLICY_ORIGINS),
  /** Otherwise than the catalogue has it. */
  edited: z.boolean(),
  /** Its rule in one sentence. */
  say: z.string(),
});
export const PoliciesAnswer = z.object({
  version: z.number(),
  changed_by: z.string(),
  changed_at: time,
  reason: z.nullable(z.string()),
  /** Those of the ledger first; then those of the catalogue that were never switched on. */
  policies: z.array(PolicyAnswer),
  settlements: z.array(StoredSettlement),
});
export type PoliciesDto = z.infer<typeof PoliciesAnswer>;
export type PolicyDto = z.infer<typeof PolicyAnswer>;

/** One version of the policies: who made it, when, why, and what it changed. The first has everything as new. */
const PolicyVersionAnswer = z.object({
  version: z.number(),
  changed_by: z.string(),
  changed_at: time,
  reason: z.nullable(z.string()),
  policies: z.array(z.object({ code: z.string(), before: z.nullable(StoredPolicy), after: StoredPolicy })),
  settlements: z.object({ before: z.array(StoredSettlement), after: z.array(StoredSettlement) }),
});
export type PolicyVersionDto = z.infer<typeof PolicyVersionAnswer>;
/** Newest first, at most 20; `next_before` asks for older ones. */
export const PolicyVersionPage = z.object({ rows: z.array(PolicyVersionAnswer), next_before: z.nullable(z.number()) });
export type PolicyVersions = z.infer<typeof PolicyVersionPage>;

/** `hot`: the record stands in the database; `archived`: its body is in the archive; `destroyed`: its entry alone is left. */
export const RETENTION_STATES = ['hot', 'archived', 'destroyed'] as const;
export type RetentionState = (typeof RETENTION_STATES)[number];

/** Why a record is kept until when: one line a policy that applies, the one that decides first. */
const BecauseAnswer = z.object({
  policy: z.string(),
  /** Kept until then by this policy; null: it sets no minimum, or its clock is open. */
  until: z.nullable(z.string()),
  say: z.string(),
});
export const DecisionAnswer = z.object({
  /** Kept until then, that day included; null: no end yet, since a clock is open. */
  keep_until: z.nullable(z.string()),
  /** The first day on which it may leave hot storage; null while a clock is open. */
  archive_from: z.nullable(z.string()),
  because: z.array(BecauseAnswer),
  /** To be disposed of by then. */
  dispose_by: z.nullable(z.string()),
  /** Ids of the holds on it. */
  held_by: z.array(z.string()),
  /** The same with the numbers that people name them by. */
  holds: z.array(z.object({ id: z.string(), number: z.number() })),
  /** A minimum that ends after a maximum, and nobody has settled it: the minimum is kept until somebody does. */
  conflict: z.nullable(z.object({ floor: z.string(), ceiling: z.string() })),
  /** What of it nobody has mapped: `domain:x`, `tool:x`, `data_source:x`. It is kept as long as the longest minimum that is on. */
  unmapped: z.array(z.string()),
  /** Domains whose policy is there and off: they decide nothing. */
  off: z.array(z.string()),
  /** All of it in one sentence. */
  say: z.string(),
});
export type Decision = z.infer<typeof DecisionAnswer>;

const asOf = { today: z.string(), policies_version: z.number() };
export const RecordDecisionAnswer = z.object({
  ...DecisionAnswer.shape,
  ...asOf,
  record_id: z.string(),
  seq: Seq,
  state: z.enum(RETENTION_STATES),
  /** keep_until has passed and no hold is on it. */
  due: z.boolean(),
});
export type RecordDecision = z.infer<typeof RecordDecisionAnswer>;

export const ConversationDecisionAnswer = z.object({
  ...DecisionAnswer.shape,
  ...asOf,
  conversation_id: z.string(),
  /** Records that were looked at: the first and the last 1,000 where it has more than 2,000. */
  records: z.number(),
  complete: z.boolean(),
  /** The latest of all its records has passed and no hold is on any. */
  due: z.boolean(),
});
export type ConversationDecision = z.infer<typeof ConversationDecisionAnswer>;

/** Records of one policy (the one that decides) whose minimum ends in one month. */
const MonthRow = z.object({
  policy: z.string(),
  /** `YYYY-MM`; null where a clock is open. */
  month: z.nullable(z.string()),
  state: z.enum(RETENTION_STATES),
  records: z.number(),
});
const StateCounts = z.object({ hot: z.number(), archived: z.number() });
/** How far the sums reach. */
const counted = {
  /** Records up to this position are counted; null where none is. `complete`: these are all that there are, and nothing is being counted anew. */
  counted_to: z.nullable(Seq),
  complete: z.boolean(),
  /** Records that came since. */
  behind: z.number(),
  /** Records, at most, that are counted anew because a hold or a trigger event reaches them or some of them were archived; and holds and events that have yet to be followed. */
  anew: z.object({ records: z.number(), scopes: z.number() }),
};
export const RetentionAnswer = z.object({
  today: z.string(),
  policies_version: z.number(),
  ...counted,
  records: z.object({ hot: z.number(), archived: z.number(), destroyed: z.number() }),
  /** By deciding policy and month of keep_until, in this order. */
  months: z.array(MonthRow),
  /** Hot storage has ended for them and no hold is on them: to be archived. */
  to_archive: z.number(),
  /** keep_until has passed and no hold is on them. */
  due: StateCounts,
  /** Past their maximum, hold or no hold. */
  overdue: StateCounts,
  held: z.number(),
  /** Of these, how many would be due. */
  held_and_due: z.number(),
  conflicts: z.object({
    records: z.number(),
    /** By the two policies. */
    rows: z.array(z.object({ floor: z.string(), ceiling: z.string(), records: z.number() })),
  }),
  unmapped: z.object({
    records: z.number(),
    /** What nobody has mapped, most records first, at most 100. A record with two of them counts under both. */
    rows: z.array(z.object({ what: z.string(), records: z.number() })),
  }),
  /** Each policy that is on or decides something: records that it applies to, and of these those that it decides. */
  policies: z.array(
    z.object({ code: z.string(), title: z.string(), on: z.boolean(), applies: z.number(), decides: z.number(), due: z.number() }),
  ),
  /** The sums in sentences. */
  say: z.array(z.string()),
});
export type RetentionDto = z.infer<typeof RetentionAnswer>;

/** What a change of policies would do to what is there. */
export const PoliciesPreviewAnswer = z.object({
  today: z.string(),
  ...counted,
  would_become_due: z.number(),
  would_stop_being_due: z.number(),
  would_become_archivable: z.number(),
  would_stop_being_archivable: z.number(),
  would_be_kept_longer: z.number(),
  would_be_kept_shorter: z.number(),
  conflicts: z.object({ before: z.number(), after: z.number() }),
  unmapped: z.object({ before: z.number(), after: z.number() }),
  say: z.string(),
});
export type PoliciesPreview = z.infer<typeof PoliciesPreviewAnswer>;

const identifier = z.string().check(z.regex(IDENTIFIER));
/** Whose clock it starts: everything of a conversation, person, resource or agent. */
export const TriggerScope = z.union([
  z.strictObject({ kind: z.enum(['conversation', 'subject', 'agent']), value: identifier }),
  z.strictObject({ kind: z.literal('resource'), type: identifier, value: z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/)) }),
]);
export type TriggerScope = z.infer<typeof TriggerScope>;
export const TriggerBody = z.strictObject({ trigger: triggerName, scope: TriggerScope, day: Day, reason: line(3, 1000) });
export type TriggerWish = z.infer<typeof TriggerBody>;
export const WithdrawBody = z.strictObject({ reason: line(3, 1000) });
export const TriggerAnswer = z.object({
  id: z.string(),
  trigger: z.string(),
  scope: z.object({ kind: z.string(), type: z.optional(z.string()), value: z.string() }),
  day: z.string(),
  reason: z.string(),
  entered_by: z.string(),
  entered_at: time,
  withdrawn_by: z.nullable(z.string()),
  withdrawn_at: z.nullable(time),
  withdraw_reason: z.nullable(z.string()),
});
export type TriggerDto = z.infer<typeof TriggerAnswer>;
/** Newest first, at most 200. `triggers`: names that a policy of the ledger waits for. */
export const TriggerPage = z.object({ rows: z.array(TriggerAnswer), more: z.boolean(), triggers: z.array(z.string()) });
export type TriggerPageDto = z.infer<typeof TriggerPage>;
