import * as z from 'zod/mini';
import { ALARM_KINDS } from './proofs';
import { Seq } from './seq';

/** What a bundle is made of. */
export const EvidenceScopeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conversation'), conversation_id: z.string().check(z.minLength(1), z.maxLength(256)) }),
  z.strictObject({ kind: z.literal('range'), from: Seq, to: Seq }),
  z.strictObject({ kind: z.literal('filter'), query: z.string().check(z.maxLength(2000)) }),
]);

export const ExportBody = z.strictObject({ scope: EvidenceScopeShape });

export const ExportAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  kind: z.literal('evidence'),
  scope: EvidenceScopeShape,
  state: z.enum(['queued', 'running', 'done', 'cancelled', 'failed', 'expired']),
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
});
export const AlarmPage = z.object({ rows: z.array(AlarmAnswer) });
export const SettleBody = z.strictObject({
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(1000), z.regex(/^[^\p{C}]*$/u)),
});
