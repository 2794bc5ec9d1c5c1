import * as z from 'zod/mini';
import { ALARM_KINDS } from './proofs';
import { Seq } from './seq';
import { BREAK_GLASS_REASONS, PurposeOfUse, PurposeShape } from './words';

/** What a bundle is made of. */
export const EvidenceScopeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conversation'), conversation_id: z.string().check(z.minLength(1), z.maxLength(256)) }),
  z.strictObject({ kind: z.literal('range'), from: Seq, to: Seq }),
  z.strictObject({ kind: z.literal('filter'), query: z.string().check(z.maxLength(2000)) }),
]);

/** @property content the words too, for that purpose; without it a bundle holds none */
export const ExportBody = z.strictObject({ scope: EvidenceScopeShape, content: z.optional(PurposeOfUse) });

export const ExportPreviewBody = z.strictObject({ scope: EvidenceScopeShape });
/** What of the words of a scope a bundle would hold now. */
export const ExportPreviewAnswer = z.object({
  records: z.number(),
  /** That would be in it, and the bytes of UTF-8 that they have. */
  parts: z.number(),
  bytes: z.number(),
  /** That would not, since their data key opens more than this scope. */
  left_out: z.number(),
  shredded: z.number(),
  /** What the export may name. */
  purposes: z.array(PurposeShape),
  /** Why there can be no bundle with the words of this scope; null where there can. */
  refusal: z.nullable(z.string()),
});
export type ExportPreview = z.infer<typeof ExportPreviewAnswer>;

const ExportContent = z.object({
  purpose: z.string(),
  note: z.nullable(z.string()),
  parts: z.nullable(z.number()),
  left_out: z.nullable(z.number()),
  shredded: z.nullable(z.number()),
  unreadable: z.nullable(z.number()),
});

export const ExportAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  kind: z.literal('evidence'),
  scope: EvidenceScopeShape,
  /** shredded: words in it were, and it went with them. */
  state: z.enum(['queued', 'running', 'done', 'cancelled', 'failed', 'expired', 'shredded']),
  content: z.nullable(ExportContent),
  progress_done: z.number(),
  progress_total: z.nullable(z.number()),
  records: z.nullable(z.number()),
  bytes: z.nullable(z.number()),
  sha256: z.nullable(z.string()),
  file_name: z.nullable(z.string()),
  requested_by: z.string(),
  requested_at: z.string(),
  finished_at: z.nullable(z.string()),
  expires_at: z.nullable(z.string()),
  error: z.nullable(z.string()),
});
export const ExportPage = z.object({ rows: z.array(ExportAnswer) });

export const AlarmAnswer = z.object({
  id: z.string(),
  kind: z.enum(ALARM_KINDS),
  say: z.string(),
  raised_at: z.string(),
  last_seen_at: z.string(),
  ended_at: z.nullable(z.string()),
  ended_by: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  told_at: z.nullable(z.string()),
  last_error: z.nullable(z.string()),
  /** The use of break-glass whose review ends it; null for every other kind. */
  break_glass: z.nullable(z.object({ id: z.string(), by: z.string(), reason: z.enum(BREAK_GLASS_REASONS) })),
});
export const AlarmPage = z.object({ rows: z.array(AlarmAnswer) });
export const SettleBody = z.strictObject({
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(1000), z.regex(/^[^\p{C}]*$/u)),
});
