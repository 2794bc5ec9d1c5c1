import * as z from 'zod/mini';
import { IDENTIFIER, ROLES } from './vocabulary';

/** What the settings and account routes take. Strict: a member that is not named here is refused, not passed over. */
const personName = z.string().check(z.trim(), z.minLength(1), z.maxLength(120), z.regex(/^[^\p{C}]*$/u));
/** Addresses are lower case, printable and never changed: they name people in the access ledger. */
export const EMAIL = /^[a-z0-9][a-z0-9._%+'-]{0,63}@[a-z0-9](?:[a-z0-9.-]{0,180}[a-z0-9])?$/;
const email = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(250), z.regex(EMAIL));
const password = z.string().check(z.maxLength(1024));
const slug = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/));
const roles = z.array(z.strictObject({ ledger: slug, role: z.enum(ROLES) })).check(z.maxLength(100));

export const InviteBody = z.strictObject({ email, name: personName, roles });
export const ChangeUserBody = z.strictObject({
  name: z.optional(personName),
  disabled: z.optional(z.boolean()),
  roles: z.optional(roles),
});
export const IssueKeyBody = z.strictObject({
  name: personName,
  kind: z.enum(['ingest', 'read']),
  agent_names: z._default(z.array(z.string().check(z.regex(IDENTIFIER))).check(z.maxLength(50)), []),
  may_write_user: z._default(z.boolean(), false),
  expires_at: z.optional(z.iso.datetime()),
  ledger: z.optional(slug),
});
/** Lists whose filters can be kept under a name. */
export const VIEW_SCREENS = ['/conversations', '/records', '/access-log'] as const;
/** The query is the list's own, without `?`: it is read like one when the view is opened. */
export const SaveViewBody = z.strictObject({
  screen: z.enum(VIEW_SCREENS),
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(80), z.regex(/^[^\p{C}]*$/u)),
  query: z.string().check(z.maxLength(2000), z.regex(/^[!-~]*$/)),
});
export const PasswordBody = z.strictObject({ current: password, next: password });
export const ConfirmBody = z.strictObject({ password });
export const AccountBody = z.strictObject({ zone: z.optional(z.string().check(z.maxLength(64))), name: z.optional(personName) });
export const SetupBody = z.strictObject({ email: z.optional(email), name: z.optional(personName), password });

const webhook = z.url({ protocol: /^https?$/ }).check(z.maxLength(2000));
/** What an administrator sets about proofs: members that are left out stay as they are. Where a webhook leads is judged when it is called. */
export const ProofSettingsBody = z.strictObject({
  tlog_public: z.optional(z.boolean()),
  witness_quorum: z.optional(z.int().check(z.gte(1), z.lte(32))),
  verify_every_minutes: z.optional(z.int().check(z.gte(1), z.lte(1440))),
  verify_whole_at: z.optional(z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/))),
  anchor_alarm_minutes: z.optional(z.int().check(z.gte(1), z.lte(10_080))),
  alarm_webhook: z.optional(z.nullable(webhook)),
  alarm_emails: z.optional(z.array(email).check(z.maxLength(20))),
});
export type ProofSettingsChange = z.infer<typeof ProofSettingsBody>;
