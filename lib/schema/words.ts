import * as z from 'zod/mini';
import { HoldAnswer } from './holds';
import { Seq } from './seq';
import { IDENTIFIER } from './vocabulary';

/**
 * The words of a conversation: what is asked about them and what is answered. Lengths are bytes of UTF-8, times RFC 3339 UTC, sequence numbers decimal
 * strings. Nothing but a line of a reveal ever holds words.
 */

/** What a person writes about what they do: one line without what cannot be seen. */
const line = (least: number, most: number) =>
  z.string().check(z.trim(), z.minLength(least), z.maxLength(most), z.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u));
const time = z.string();
const conversationId = z.string().check(z.regex(IDENTIFIER));
const uuid = z.string().check(z.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/));
const code = z.string().check(z.regex(/^[a-z][a-z0-9_]{0,39}$/));

/** What words are opened for: a purpose of the ledger's list, and words of one's own. */
export const PurposeOfUse = z.strictObject({ purpose: code, note: z.optional(line(0, 500)) });
export type PurposeOfUse = z.infer<typeof PurposeOfUse>;

/** Records of a conversation that one reveal goes over at most; the last line says where the next one begins. */
export const REVEAL_RECORDS = 500;

/** The words of a conversation, or of one record of it, or of some parts of that. Exactly one of the two is named. */
export const RevealBody = z.strictObject({
  conversation_id: z.optional(conversationId),
  record_id: z.optional(uuid),
  /** Places in the record's content list; only with record_id. */
  parts: z.optional(z.array(z.int().check(z.gte(0), z.lte(65_535))).check(z.minLength(1), z.maxLength(64))),
  /** The conversation_seq after which to begin; only with conversation_id. */
  after: z.optional(z.string().check(z.regex(/^\d{1,18}$/))),
  purpose: code,
  note: z.optional(line(0, 500)),
});
export type RevealWish = z.infer<typeof RevealBody>;

const place = { record_id: z.string(), seq: Seq, part: z.string(), index: z.int() };
/** One line of an answer to a reveal: a part, a part that is not there and why, or the end. An answer without the last was cut off. */
export const RevealLine = z.union([
  z.strictObject({ ...place, media_type: z.optional(z.string()), text: z.string() }),
  z.strictObject({ ...place, absent: z.enum(['shredded', 'unreadable']), why: z.string() }),
  z.strictObject({
    end: z.literal(true),
    /** Lines before this one, and how many of them hold words. */
    parts: z.int(),
    revealed: z.int(),
    /** `after` of the reveal that goes on from here; null where the conversation has ended. */
    next_after: z.nullable(Seq),
  }),
]);
export type RevealLine = z.infer<typeof RevealLine>;

export const PurposeShape = z.strictObject({ code, say: line(1, 80), needs_note: z.boolean() });

export const BREAK_GLASS_REASONS = [
  'patient_safety',
  'medical_emergency',
  'security_incident',
  'legal_deadline',
  'system_failure',
  'other',
] as const;
export type BreakGlassReason = (typeof BREAK_GLASS_REASONS)[number];
/** How long the words of one conversation stay open to one person. */
export const BREAK_GLASS_MINUTES = 30;

export const BreakGlassBody = z.strictObject({
  conversation_id: conversationId,
  reason: z.enum(BREAK_GLASS_REASONS),
  note: line(10, 500),
});
export type BreakGlassWish = z.infer<typeof BreakGlassBody>;

export const BREAK_GLASS_OUTCOMES = ['justified', 'not_justified'] as const;
export const ReviewBody = z.strictObject({ outcome: z.enum(BREAK_GLASS_OUTCOMES), note: line(3, 1000) });
export type Review = z.infer<typeof ReviewBody>;

export const BreakGlassAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  conversation_id: z.string(),
  opened_by: z.string(),
  reason: z.enum(BREAK_GLASS_REASONS),
  note: z.string(),
  opened_at: time,
  /** From then on, or once it was reviewed, nothing more is opened under it. */
  expires_at: time,
  open: z.boolean(),
  /** How often words were revealed under it; each is an entry of the access ledger. */
  reveals: z.number(),
  last_revealed_at: z.nullable(time),
  reviewed_at: z.nullable(time),
  reviewed_by: z.nullable(z.string()),
  outcome: z.nullable(z.enum(BREAK_GLASS_OUTCOMES)),
  review_note: z.nullable(z.string()),
});
export type BreakGlassDto = z.infer<typeof BreakGlassAnswer>;
/** What nobody has reviewed first, the oldest of it on top; then what was reviewed, newest first. */
export const BreakGlassPage = z.object({ rows: z.array(BreakGlassAnswer), unreviewed: z.number() });

/** Of the person who asks. */
export const OwnBreakGlassPage = z.object({ rows: z.array(BreakGlassAnswer) });

/** What a shredding or a hold is about. */
export const WordsScope = z.strictObject({
  kind: z.enum(['conversation', 'subject']),
  value: z.string().check(z.regex(IDENTIFIER)),
});
export type WordsScope = z.infer<typeof WordsScope>;

export const ShreddingPreviewBody = z.strictObject({ scope: WordsScope });
/** What would go, and what stands against it. */
export const ShreddingPreviewAnswer = z.object({
  scope: WordsScope,
  /** Data keys that would be destroyed; 0: there is nothing left to shred. */
  keys: z.number(),
  parts: z.number(),
  bytes: z.number(),
  /** Conversations whose words would go, the first 50 of them by name. */
  conversations: z.number(),
  first_conversations: z.array(z.string()),
  /** Holds that cover any of it, the newest 200, and how many there are: while one stands nothing is shredded. */
  holds: z.array(HoldAnswer),
  holds_total: z.number(),
  /** Copies in backups can be opened until then. */
  backups_until: time,
});
export type ShreddingPreview = z.infer<typeof ShreddingPreviewAnswer>;

export const ShreddingBody = z.strictObject({
  scope: WordsScope,
  /** The clause or decision under which it is done, such as "GDPR Art. 17(1)(a)". */
  authority: line(3, 200),
  reason: line(3, 1000),
  /** The scope's value once more, typed. */
  confirm: z.string().check(z.maxLength(256)),
});
export type ShreddingWish = z.infer<typeof ShreddingBody>;
export const ShreddingAnswer = z.object({
  id: z.string(),
  scope: z.object({ kind: z.string(), value: z.string() }),
  authority: z.string(),
  reason: z.string(),
  requested_by: z.string(),
  at: time,
  keys: z.number(),
  parts: z.number(),
  /** Pending until then: backups made before still hold the wrapped keys. */
  backups_until: time,
  pending: z.boolean(),
});
export type ShreddingDto = z.infer<typeof ShreddingAnswer>;
/** Newest first, at most 100. */
export const ShreddingPage = z.object({ rows: z.array(ShreddingAnswer) });

export const ContentSettingsAnswer = z.object({
  /** What is done with personal data that a sender put into details. */
  phi_in_details: z.enum(['mask', 'reject', 'keep']),
  /** For so many days after a shredding a backup may still hold what was shredded. */
  backup_horizon_days: z.number(),
  purposes: z.array(PurposeShape),
  /** Search in words by an index of keyed hashes. */
  blind_index: z.boolean(),
  version: z.number(),
  changed_by: z.nullable(z.string()),
  changed_at: z.nullable(time),
});
export type ContentSettings = z.infer<typeof ContentSettingsAnswer>;
/** Members that are left out stay as they are. */
export const ContentSettingsBody = z.strictObject({
  if_version: z.int().check(z.gte(0)),
  phi_in_details: z.optional(z.enum(['mask', 'reject', 'keep'])),
  backup_horizon_days: z.optional(z.int().check(z.gte(0), z.lte(3650))),
  purposes: z.optional(
    z.array(PurposeShape).check(
      z.minLength(1),
      z.maxLength(30),
      z.refine((all) => new Set(all.map((one) => one.code)).size === all.length),
    ),
  ),
  blind_index: z.optional(z.boolean()),
});
export type ContentSettingsChange = z.infer<typeof ContentSettingsBody>;

/** A part that a body commits to. `missing`: its ciphertext is not there, and nothing says that it was shredded. */
export const PartAnswer = z.object({
  record_id: z.string(),
  seq: Seq,
  part: z.string(),
  index: z.int(),
  length: z.number(),
  media_type: z.nullable(z.string()),
  state: z.enum(['sealed', 'shredded', 'missing']),
  /** Of `shreddings`; null unless it was shredded. */
  shredding_id: z.nullable(z.string()),
});
export type PartDto = z.infer<typeof PartAnswer>;

/** An entry of the access ledger: who was shown words, and what for. */
export const RevealedAnswer = z.object({
  seq: Seq,
  by: z.string(),
  at: time,
  purpose: z.nullable(z.string()),
  note: z.nullable(z.string()),
  /** Of one record alone; null where it was of the conversation. */
  record_id: z.nullable(z.string()),
  /** Parts that were asked for. */
  parts: z.number(),
  /** Id of the break-glass under which it was done. */
  break_glass: z.nullable(z.string()),
  /** Id of the export that they went into; null where they were shown on a screen. */
  export: z.nullable(z.string()),
});
export type RevealedDto = z.infer<typeof RevealedAnswer>;

/** What is known of the words of a conversation or of a record, without the words. */
export const WordsAnswer = z.object({
  /** Of the records in the answer, in their order. */
  parts: z.array(PartAnswer),
  /** Newest first, at most 50. */
  reveals: z.array(RevealedAnswer),
  /** false: there may be older ones than those. */
  reveals_complete: z.boolean(),
  /** Those that destroyed keys of these parts, newest first. */
  shreddings: z.array(ShreddingAnswer),
  /** Standing holds on any of it, the newest 200, and how many there are. */
  holds: z.array(HoldAnswer),
  holds_total: z.number(),
  /** Holds that reached any of these entries and were released, newest first, at most 20. */
  released_holds: z.array(HoldAnswer),
  /** What a reveal may name. */
  purposes: z.array(PurposeShape),
  /** Until when the words stand open to the one who asks, by break-glass; null where they do not. */
  break_glass_until: z.nullable(time),
});
export type WordsDto = z.infer<typeof WordsAnswer>;

export const RotationAnswer = z.object({
  id: z.string(),
  /** The key that wraps from then on. */
  to: z.string(),
  started_by: z.string(),
  started_at: time,
  /** Keys that are wrapped anew, of those that there were when it began. */
  done: z.number(),
  total: z.number(),
  /** null while it goes on, also when it was interrupted: it then goes on from there. */
  finished_at: z.nullable(time),
  last_error: z.nullable(z.string()),
});
export type RotationDto = z.infer<typeof RotationAnswer>;

/** Where the key that wraps data keys is, and which are in use; no key material. */
export const VaultAnswer = z.object({
  /** null where the vault cannot be opened: then `fault` says why. */
  current: z.nullable(z.object({ id: z.string(), place: z.string() })),
  fault: z.nullable(z.string()),
  /** Ids of the keys that something is wrapped with: after a rotation the current one alone. */
  in_use: z.array(z.string()),
  /** Of those, keys that are not here: what they wrapped cannot be opened. */
  missing: z.array(z.string()),
  /** Newest first, at most 20. */
  rotations: z.array(RotationAnswer),
});
export type VaultDto = z.infer<typeof VaultAnswer>;
