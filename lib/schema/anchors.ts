import * as z from 'zod/mini';
import { ANCHOR_KINDS } from './proofs';
import { EMAIL } from './settings';

/** What the routes of anchor targets take and give. */
const name = z.string().check(z.trim(), z.minLength(1), z.maxLength(120), z.regex(/^[^\p{C}]*$/u));
/** What an address may lead to is judged by lib/outbound. */
const url = z.url({ protocol: /^https?$/ }).check(z.maxLength(2000));
const every = z.int().check(z.gte(1), z.lte(604_800));
const email = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(250), z.regex(EMAIL));

export const WitnessConfig = z.strictObject({
  /** C2SP tlog-witness submission prefix. */
  url,
  /** One or more verifier keys, each on a line. */
  vkey: z.string().check(z.trim(), z.minLength(1), z.maxLength(16_384)),
});
export const TimestampConfig = z.strictObject({
  url,
  /** PEM: those that are trusted. */
  certificates: z.string().check(z.trim(), z.minLength(1), z.maxLength(32_768)),
});
export const WebhookConfig = z.strictObject({ url });
/** Names of buckets and keys as Amazon's store has them. */
export const ObjectLockConfig = z.strictObject({
  bucket: z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
  prefix: z._default(z.string().check(z.regex(/^(?!\/)[A-Za-z0-9!_.*'()/-]{0,200}$/)), ''),
  retain_days: z.int().check(z.gte(1), z.lte(36_500)),
});
export const EmailConfig = z.strictObject({ to: z.array(email).check(z.minLength(1), z.maxLength(20)) });

export const AnchorBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('witness'), name, every_seconds: every, config: WitnessConfig }),
  z.strictObject({ kind: z.literal('timestamp'), name, every_seconds: every, config: TimestampConfig }),
  z.strictObject({ kind: z.literal('webhook'), name, every_seconds: every, config: WebhookConfig }),
  z.strictObject({ kind: z.literal('object_lock'), name, every_seconds: every, config: ObjectLockConfig }),
  z.strictObject({ kind: z.literal('email'), name, every_seconds: every, config: EmailConfig }),
]);
export type AnchorWish = z.infer<typeof AnchorBody>;

/** Members that are left out stay as they are; what a place is and how it is reached does not change: another place is another target. */
export const ChangeAnchorBody = z.strictObject({
  name: z.optional(name),
  every_seconds: z.optional(every),
  enabled: z.optional(z.boolean()),
});
export type AnchorChange = z.infer<typeof ChangeAnchorBody>;

export const AnchorTargetAnswer = z.object({
  id: z.string(),
  kind: z.enum(ANCHOR_KINDS),
  name: z.string(),
  where: z.string(),
  every_seconds: z.number(),
  enabled: z.boolean(),
  failures: z.number(),
  last_error: z.nullable(z.string()),
  last_attempt_at: z.nullable(z.string()),
  last_success_at: z.nullable(z.string()),
  created_at: z.string(),
  created_by: z.string(),
});
export const AnchorTargetPage = z.object({ rows: z.array(AnchorTargetAnswer) });
/** The secret of a webhook: told now and never again; null for places without one. */
export const AnchorMadeAnswer = z.object({ ...AnchorTargetAnswer.shape, secret: z.nullable(z.string()) });
