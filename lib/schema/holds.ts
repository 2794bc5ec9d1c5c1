import * as z from 'zod/mini';
import type { HoldFaults } from './archive';
import { TextFilter } from './filters';
import { Day } from './retention';
import { Seq } from './seq';
import { IDENTIFIER, RESOURCE_ID } from './vocabulary';

/** Legal holds: what must be neither destroyed nor leave hot storage, whoever asks, until two people release it. */

const line = (least: number, most: number) =>
  z.string().check(z.trim(), z.minLength(least), z.maxLength(most), z.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u));
const time = z.string();
const identifier = z.string().check(z.regex(IDENTIFIER));

export const HOLD_KINDS = ['conversation', 'subject', 'resource', 'actor', 'agent', 'time'] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];
/** What can become of a hold, as the access ledger names it. */
export const HOLD_STEPS = ['hold_placed', 'hold_release_requested', 'hold_release_declined', 'hold_released'] as const;
export type HoldStep = (typeof HOLD_STEPS)[number];

/**
 * What a hold reaches: a conversation; a person (and every conversation that is about them); a resource; whoever did it; an agent; or days, both included, on which it
 * happened or was recorded.
 */
export const HoldScope = z.union([
  z.strictObject({ kind: z.enum(['conversation', 'subject', 'actor', 'agent']), value: identifier }),
  z.strictObject({ kind: z.literal('resource'), type: identifier, value: z.string().check(z.regex(RESOURCE_ID)) }),
  z.strictObject({ kind: z.literal('time'), from: Day, to: Day }).check(z.refine(({ from, to }) => from <= to)),
]);
export type HoldScope = z.infer<typeof HoldScope>;

export const HoldBody = z.strictObject({
  matter: line(1, 120),
  scope: HoldScope,
  reason: line(3, 1000),
  /** Who has to see to it that it is kept. */
  custodian: z.optional(line(1, 120)),
});
export type HoldWish = z.infer<typeof HoldBody>;
export const HoldPreviewBody = z.strictObject({ scope: HoldScope });
export const ReleaseBody = z.strictObject({ reason: line(3, 1000) });

export const HoldAnswer = z.object({
  id: z.string(),
  /** As people name it, counted in each ledger: hold #12. */
  number: z.number(),
  matter: z.string(),
  /** `value` is always there: of days it is `FROM/TO`. */
  scope: z.object({
    kind: z.string(),
    value: z.string(),
    type: z.optional(z.string()),
    from: z.optional(z.string()),
    to: z.optional(z.string()),
  }),
  custodian: z.nullable(z.string()),
  reason: z.string(),
  placed_by: z.string(),
  placed_at: time,
  /** Somebody asks for its release, and another person has to confirm it; it stands meanwhile. */
  release_asked: z.nullable(z.object({ by: z.string(), at: time, reason: z.string() })),
  released_by: z.nullable(z.string()),
  released_at: z.nullable(time),
  release_reason: z.nullable(z.string()),
});
export type HoldDto = z.infer<typeof HoldAnswer>;

/** release_asked: standing, and somebody has asked for the release. */
export const HOLD_STATES = ['standing', 'release_asked', 'released'] as const;
/** One definition for the screen, the API and the report. */
export const HoldFilter = z.object({ matter: TextFilter, state: z.optional(z.enum(HOLD_STATES)), kind: z.optional(z.enum(HOLD_KINDS)) });
export type HoldFilter = z.infer<typeof HoldFilter>;
/** Holds on a page of the list. */
export const HOLDS_PAGE = 100;

const few = z.object({
  count: z.number(),
  /** false: at least this many. */
  exact: z.boolean(),
});
/** Standing holds first, then released ones, newest first, 100 a page; `older` and `newer` ask for the neighbouring pages. */
export const HoldPage = z.object({ rows: z.array(HoldAnswer), older: z.nullable(Seq), newer: z.nullable(Seq), total: few });
export type HoldPage = z.infer<typeof HoldPage>;
/** What a scope reaches now, counted live as far as 10,000. */
export const HeldAnswer = z.object({
  /** In the database: of a person with all of the conversations of which a record names them, of days what happened or was recorded on them. */
  records: few,
  /** In the archive alone. */
  archived: few,
  conversations: few,
  /** The newest of them, at most 20. */
  first_conversations: z.array(z.string()),
  /** Positions of the newest records that it reaches, at most 20. */
  first_records: z.array(z.object({ seq: Seq, id: z.string() })),
  /** Archive segments that hold anything of it: each is kept whole. */
  segments: few,
});
export type Held = z.infer<typeof HeldAnswer>;
export const HoldDetailAnswer = z.object({
  hold: HoldAnswer,
  holds: HeldAnswer,
  /** Of what is in the database, exactly, out of the counts behind the append path; null while they are being made for this hold, and once it is released. */
  counted: z.nullable(z.object({ records: z.number(), counted_to: Seq })),
  /** Records that have left the database and that it reaches, by the positions they lie between in each conversation, at most 100. */
  archived: z.array(z.object({ conversation_id: z.string(), first_seq: Seq, last_seq: Seq })),
  /** false: there are more, or of days where they lie is not known. */
  archived_complete: z.boolean(),
  /** The archive segments that hold anything of it, newest first, at most 100, with the hold that their store has on them. */
  segments: z.array(
    z.object({
      number: Seq,
      first_seq: Seq,
      last_seq: Seq,
      records: z.number(),
      store: z.enum(['s3', 'directory']),
      object_key: z.string(),
      /** Whether a legal hold is on its objects, and since when that is so; one stays on while any hold reaches it. */
      legal_hold: z.boolean(),
      legal_hold_at: z.nullable(time),
      /** What stands in the way of that, and since when. */
      legal_hold_fault: z.nullable(z.object({ at: time, say: z.string() })),
      locked_until: z.nullable(time),
    }),
  ),
  /** Its entries of the access ledger, newest first, at most 100. */
  history: z.array(
    z.object({ seq: Seq, id: z.string(), action: z.enum(HOLD_STEPS), by: z.string(), at: time, reason: z.nullable(z.string()) }),
  ),
  history_complete: z.boolean(),
});
export type HoldDetail = z.infer<typeof HoldDetailAnswer>;

/** The holds of a ledger, with what a reader asks first: which matters there are, and what waits for a second person. */
export interface HoldsView {
  page: HoldPage;
  standing: number;
  /** Standing holds whose release somebody has asked for, at most 20, and how many there are. */
  waiting: { rows: HoldDto[]; count: number };
  /** By name: those with standing holds first, then by the newest hold; at most 30. */
  matters: { matter: string; standing: number; released: number }[];
  matters_total: number;
  /** Of all of them, those that any hold stands in. */
  matters_standing: number;
  /** Archive segments whose legal hold is not as it ought to be; null where there are none. */
  object_faults: HoldFaults | null;
}
