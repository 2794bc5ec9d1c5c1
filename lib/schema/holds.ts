import * as z from 'zod/mini';
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
/** Standing holds first, then released ones, newest first, at most 200. */
export const HoldPage = z.object({ rows: z.array(HoldAnswer) });

const few = z.object({
  count: z.number(),
  /** false: at least this many. */
  exact: z.boolean(),
});
/** What a scope reaches now, counted live as far as 10,000. */
export const HeldAnswer = z.object({
  records: few,
  conversations: few,
  /** The newest of them, at most 20. */
  first_conversations: z.array(z.string()),
  /** Positions of the newest records that it reaches, at most 20. */
  first_records: z.array(z.object({ seq: Seq, id: z.string() })),
});
export type Held = z.infer<typeof HeldAnswer>;
export const HoldDetailAnswer = z.object({
  hold: HoldAnswer,
  holds: HeldAnswer,
  /** Exactly, out of the counts behind the append path; null while they are being made for this hold, and once it is released. */
  counted: z.nullable(z.object({ records: z.number(), counted_to: Seq })),
  /** Records that have left the database and that it reaches, by the segments of positions they lie in, at most 100. */
  archived: z.array(z.object({ conversation_id: z.string(), first_seq: Seq, last_seq: Seq })),
});
export type HoldDetail = z.infer<typeof HoldDetailAnswer>;
