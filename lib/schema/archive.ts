import * as z from 'zod/mini';
import { Seq } from './seq';

const time = z.string();

/**
 * Where the body of a record lies that has left the database, and whether it was fetched. `verified`: fetched, and it is what the signed manifest and the entry
 * name. `not_fetched`: lists do not fetch. `unreachable`: the store did not answer. `contradicted`: something else lies there; a verification tells more.
 */
export const ArchivedAnswer = z.object({
  segment: Seq,
  store: z.enum(['s3', 'directory']),
  archived_at: time,
  retain_until: time,
  /** As the store showed it when the copy was confirmed: COMPLIANCE, or NONE where a store has no locks. */
  lock_mode: z.nullable(z.string()),
  locked_until: z.nullable(time),
  /** Where it was fetched: when, and whether that was before this was asked, and it was kept in memory since. */
  fetched_at: z.optional(time),
  kept: z.optional(z.boolean()),
  state: z.enum(['verified', 'not_fetched', 'unreachable', 'contradicted']),
  say: z.string(),
});
export type ArchivedDto = z.infer<typeof ArchivedAnswer>;

/** As retention policies are named. */
const policyCode = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/));
const count = z.number();

const StoreAnswer = z.object({
  kind: z.enum(['s3', 'directory']),
  place: z.string(),
  /** Whether it keeps what lies in it from those who own the machine; a folder is tamper-evident, and never WORM. */
  worm: z.boolean(),
  /** null: it will do. Else why not, in words. */
  fault: z.nullable(z.string()),
});

export const HoldFaults = z.object({ segments: count, since: time, say: z.string() });
export type HoldFaults = z.infer<typeof HoldFaults>;
/** Since when, and what was said. */
export const HoldFault = z.object({ at: time, say: z.string() });

/** Of a ledger: where its archive is, and what is in it. */
export const ArchiveAnswer = z.object({
  /** Where new segments go; null where nothing is configured. */
  store: z.nullable(StoreAnswer),
  segments: z.object({ planned: count, uploaded: count, confirmed: count, pruned: count, abandoned: count }),
  /** Records in confirmed segments, and how many of them are in the archive alone. */
  records: count,
  archived_alone: count,
  bytes: count,
  held_segments: count,
  /** Segments whose legal hold is not as it ought to be in the store, and what the first of them met; null where there are none. */
  hold_faults: z.nullable(HoldFaults),
  /** Segments whose lock ends before their records may go, by the rules in force; it is made longer as soon as the store takes it. */
  short_locks: count,
  schedule: z.object({ on: z.boolean(), at: z.string() }),
});
export type ArchiveDto = z.infer<typeof ArchiveAnswer>;

export const ArchiveScheduleBody = z.strictObject({
  on: z.boolean(),
  at: z.optional(z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/))),
});

export const ArchivePreviewBody = z.strictObject({ policy: z.optional(policyCode) });

/** What a run would do now; nothing is moved by it. */
export const ArchivePreviewAnswer = z.object({
  today: z.string(),
  policy: z.nullable(z.string()),
  /** Records that may leave hot storage, as far as was looked; `complete` false: there are more. */
  records: count,
  /** Kept back by holds. */
  held: count,
  complete: z.boolean(),
  first_seq: z.nullable(Seq),
  last_seq: z.nullable(Seq),
  /** By the policy that decides how long each is kept. */
  policies: z.array(z.object({ policy: z.string(), records: count, retain_until: z.object({ earliest: time, latest: time }) })),
  /** The first conversations of which records would go, with how many; records of none are not among them. */
  conversations: z.array(z.object({ conversation_id: z.string(), records: count })),
  store: z.nullable(StoreAnswer),
  say: z.string(),
});
export type ArchivePreviewDto = z.infer<typeof ArchivePreviewAnswer>;

export const ArchiveRunAnswer = z.object({
  id: z.string(),
  kind: z.enum(['archive', 'restore']),
  triggered_by: z.enum(['person', 'schedule']),
  requested_by: z.string(),
  requested_at: time,
  /** null while it waits. */
  started_at: z.nullable(time),
  scope: z.unknown(),
  store: z.unknown(),
  state: z.enum(['queued', 'running', 'done', 'cancelled', 'failed']),
  progress: z.object({ done: count, total: z.nullable(count) }),
  segments: count,
  records: z.string(),
  bytes: z.string(),
  pruned: z.string(),
  held: z.string(),
  /** Records that were left where they are, because they are not what their entries name. */
  altered: z.string(),
  /** What came of it, or what stopped it, in a sentence. */
  outcome: z.nullable(z.string()),
  finished_at: z.nullable(time),
});
export type ArchiveRunDto = z.infer<typeof ArchiveRunAnswer>;
/** `next_before` asks for older ones. */
export const ArchiveRunPage = z.object({ rows: z.array(ArchiveRunAnswer), next_before: z.nullable(z.string()) });

/**
 * planned: chosen; uploaded: put, and not yet looked at; confirmed: fetched back and found sound; pruned: its records are in the archive alone; abandoned: given up
 * before it was confirmed, what it would have held is planned anew.
 */
export const SEGMENT_STATES = ['planned', 'uploaded', 'confirmed', 'pruned', 'abandoned'] as const;
export type SegmentStateName = (typeof SEGMENT_STATES)[number];

export const SegmentAnswer = z.object({
  number: Seq,
  state: z.enum(SEGMENT_STATES),
  store: z.enum(['s3', 'directory']),
  place: z.string(),
  object: z.string(),
  version_id: z.nullable(z.string()),
  first_seq: Seq,
  last_seq: Seq,
  rows: count,
  pruned_rows: count,
  bytes: z.nullable(count),
  sha256: z.nullable(z.string()),
  lock_mode: z.nullable(z.string()),
  locked_until: z.nullable(time),
  retain_until: time,
  /** Until when its records are to be kept, as last decided; null before the first look, and while a clock is open. */
  keep_until: z.nullable(z.string()),
  /** Whether both objects showed one when they were last looked at, and what stands in the way where that is not as it ought to be. */
  legal_hold: z.boolean(),
  legal_hold_fault: z.nullable(HoldFault),
  planned_at: time,
  uploaded_at: z.nullable(time),
  confirmed_at: z.nullable(time),
  /** When it was given up, and why; null otherwise. Its records are planned anew under another number. */
  abandoned_at: z.nullable(time),
  abandoned_because: z.nullable(z.string()),
  pruned_at: z.nullable(time),
  /** Put back, and kept in hot storage until then. */
  hot_until: z.nullable(time),
  /** Its object was deleted, every record in it having been destroyed at the end of its life. */
  removed_at: z.nullable(time),
  /** The newest destructions that took records out of it, at most 20, by their numbers, and how many of its records each took; and how many came before these. */
  destroyed: z.array(z.object({ id: z.string(), number: count, records: count })),
  destroyed_before: count,
});
export type SegmentDto = z.infer<typeof SegmentAnswer>;
export const SegmentPage = z.object({ rows: z.array(SegmentAnswer), next_before: z.nullable(Seq) });

export const RestoreBody = z.strictObject({
  from: Seq,
  to: Seq,
  /** Days for which no archival takes them away again. */
  days: z.optional(z.int().check(z.gte(1), z.lte(365))),
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
});

export const ExpiredLogsBody = z.strictObject({ policy: policyCode });
/** `archived`: records whose copies were confirmed; `path`: where they lie. */
export const ExpiredLogsAnswer = z.object({ archived: count, path: z.string(), run: ArchiveRunAnswer });

/** What the screen of an archive is given; pages of runs and of objects are turned by themselves. */
export interface ArchiveScreenDto {
  archive: ArchiveDto;
  /** Runs that wait or go on, whichever page of runs is shown. */
  open: ArchiveRunDto[];
  runs: z.infer<typeof ArchiveRunPage>;
  segments: z.infer<typeof SegmentPage>;
  /** Those that are on. */
  policies: { code: string; title: string }[];
}

export interface ArchiveRunScreenDto {
  run: ArchiveRunDto;
  /** What it made, newest first; none of a run that put records back. */
  segments: SegmentDto[];
}
