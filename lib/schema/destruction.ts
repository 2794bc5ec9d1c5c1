import * as z from 'zod/mini';
import { DestructionCertificate } from '@/lib/chain/destruction-certificate';
import { Day, PolicyCode } from './retention';
import { Seq } from './seq';
import { GOVERNING_ACTIONS, IDENTIFIER } from './vocabulary';

/** Destruction at the end of life: asked for by one person, approved by another, told in a certificate (docs/destruction.md). */

const line = (least: number, most: number) =>
  z.string().check(z.trim(), z.minLength(least), z.maxLength(most), z.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u));
const time = z.string();
const count = z.number();
const identifier = z.string().check(z.regex(IDENTIFIER));

export const DESTRUCTION_SCOPES = ['conversation', 'subject', 'policy', 'range'] as const;
/**
 * What may go of: a conversation; what is about a person (and every conversation that is about them); what a policy has kept until that day at the latest; positions, both
 * ends included. Of it only records that are past their minimum and under no hold are ever named.
 */
export const DestructionScope = z.union([
  z.strictObject({ kind: z.enum(['conversation', 'subject']), value: identifier }),
  z.strictObject({ kind: z.literal('policy'), value: PolicyCode, until: Day }),
  z
    .strictObject({ kind: z.literal('range'), from: Seq, to: Seq })
    // Only where both are numbers: what is none cannot be compared.
    .check(z.refine(({ from, to }) => BigInt(from) <= BigInt(to), { when: ({ issues }) => issues.length === 0 })),
]);
export type DestructionScope = z.infer<typeof DestructionScope>;

export const DestructionPreviewBody = z.strictObject({ scope: DestructionScope });
export const DestructionBody = z.strictObject({
  scope: DestructionScope,
  /** The clause or schedule that lets it go. */
  authority: line(3, 200),
  reason: line(3, 1000),
});
export type DestructionWish = z.infer<typeof DestructionBody>;
export const DestructionCloseBody = z.strictObject({ reason: line(3, 1000) });
/** Its number, typed: what is approved cannot be undone. */
export const DestructionApproveBody = z.strictObject({ confirm: z.int().check(z.gte(1)) });

/** What was found of a scope, record by record, as of a day. */
export const DestructionFound = z.object({
  today: z.string(),
  policies_version: count,
  /** Past their minimum and under no hold: these can go. */
  due: count,
  /** Of these, those whose bodies are in the archive alone. */
  archived: count,
  held: count,
  not_due: count,
  /** Left as they are: a body is not the one that its entry names, or what the archive has of it is not. */
  unsound: count,
  /** Cannot be decided now: the archive does not answer. */
  unreachable: count,
  destroyed: count,
  /** All of the scope was looked at; else as far as `looked_to`, and the rest can be asked for afterwards. */
  complete: z.boolean(),
  looked_to: z.nullable(Seq),
  first_seq: z.nullable(Seq),
  last_seq: z.nullable(Seq),
  policies: z.array(z.object({ policy: z.string(), records: count, keep_until: z.object({ earliest: z.string(), latest: z.string() }) })),
  /**
   * Of those that can go, those that say what was in force: grants and revocations of access, changes of prompts and models. Where they are gone nobody can tell any more of
   * what is kept. Left out by requests of before this was counted.
   */
  governing: z.optional(z.array(z.object({ action: z.enum(GOVERNING_ACTIONS), records: count }))),
  /** Numbers of the holds that keep some of it. */
  holds: z.array(count),
  /** The first conversations of which records would go, with how many of them. */
  conversations: z.array(z.object({ conversation_id: z.string(), records: count })),
});
export type DestructionFound = z.infer<typeof DestructionFound>;
export const DestructionPreviewAnswer = z.object({ scope: z.unknown(), found: DestructionFound, say: z.string() });
export type DestructionPreview = z.infer<typeof DestructionPreviewAnswer>;

/** failed: stopped by a fault, to be taken up again. pending_objects: carried out, and bodies stay in archive objects that cannot be deleted yet. */
export const DESTRUCTION_STATES = [
  'requested',
  'withdrawn',
  'declined',
  'approved',
  'running',
  'failed',
  'pending_objects',
  'done',
] as const;
export type DestructionState = (typeof DESTRUCTION_STATES)[number];

export const OBJECT_STATES = ['shared', 'locked', 'held', 'unreachable', 'removed'] as const;
/** An archive object in which destroyed records lie. */
const ObjectAnswer = z.object({
  segment: Seq,
  store: z.enum(['s3', 'directory']),
  place: z.string(),
  object: z.string(),
  version_id: z.nullable(z.string()),
  records: count,
  state: z.enum(OBJECT_STATES),
  until: z.nullable(time),
  removed_at: z.nullable(time),
});
export type DestructionObject = z.infer<typeof ObjectAnswer>;

const by = z.object({ by: z.string(), at: time });
export const DestructionAnswer = z.object({
  id: z.string(),
  number: count,
  scope: z.object({
    kind: z.enum(DESTRUCTION_SCOPES),
    value: z.string(),
    until: z.optional(z.string()),
    from: z.optional(Seq),
    to: z.optional(Seq),
  }),
  state: z.enum(DESTRUCTION_STATES),
  authority: z.string(),
  reason: z.string(),
  /** Records that it names. */
  records: count,
  found: DestructionFound,
  requested: by,
  approved: z.nullable(z.object({ ...by.shape, found: DestructionFound })),
  closed: z.nullable(z.object({ ...by.shape, reason: z.nullable(z.string()) })),
  job: z.nullable(z.object({ id: z.string(), state: z.string(), done: count, total: z.nullable(count) })),
  started_at: z.nullable(time),
  finished_at: z.nullable(time),
  outcome: z.nullable(z.string()),
  destroyed: count,
  /** Left when it was carried out. */
  left: z.object({ held: count, not_due: count, unsound: count, holds: z.array(count) }),
  /** Whether whoever asks made the request: then another has to approve it. */
  own: z.boolean(),
  certificate: z.nullable(z.object({ version: count, sha256: z.string(), issued_at: time })),
});
export type DestructionDto = z.infer<typeof DestructionAnswer>;
export const DestructionPage = z.object({ rows: z.array(DestructionAnswer), next_before: z.nullable(count) });
export type DestructionPageDto = z.infer<typeof DestructionPage>;

export const DestructionDetail = z.object({
  ...DestructionAnswer.shape,
  objects: z.array(ObjectAnswer),
  /** What the last certificate says; null before the first. */
  certified: z.nullable(DestructionCertificate),
  /** The first positions it names, and of them those that are destroyed, as ranges; at most 200 of each. */
  ranges: z.object({ named: z.array(z.tuple([Seq, Seq])), destroyed: z.array(z.tuple([Seq, Seq])) }),
});
export type DestructionDetail = z.infer<typeof DestructionDetail>;

/** What is past its minimum, by the policy that decides and the month in which its minimum ended: over the sums, and of archived records so many are told as held as may be. */
export const DueAnswer = z.object({
  today: z.string(),
  counted_to: z.nullable(Seq),
  complete: z.boolean(),
  rows: z.array(
    z.object({
      policy: z.string(),
      title: z.string(),
      month: z.string(),
      /** The last day of the month; in the month that goes on, yesterday: as a scope takes it. */
      until: z.string(),
      hot: count,
      archived: count,
      /** Past their minimum too, and kept by a hold. */
      held: count,
    }),
  ),
  due: z.object({ hot: count, archived: count }),
  held: count,
  say: z.string(),
});
export type DueDto = z.infer<typeof DueAnswer>;

/** In place of a body: it was destroyed, by which destruction and when. */
export const DestroyedAnswer = z.object({ number: count, id: z.string(), on: z.nullable(z.string()), say: z.string() });
export type DestroyedDto = z.infer<typeof DestroyedAnswer>;
