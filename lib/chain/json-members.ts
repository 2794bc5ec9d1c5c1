import * as z from 'zod/mini';

/** Members of what is signed, or given out, as JSON: each value has one spelling. */

/** From 0 to 2^63 − 1, of which the length alone is looked at here ({@link readDecimal}). */
export const decimal = z.string().check(z.regex(/^(0|[1-9][0-9]{0,18})$/));
/** 32 bytes. */
export const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** RFC 3339, UTC, milliseconds; whether there is such a day is not looked at here. */
export const instant = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/));
export const count = z.int().check(z.gte(0));

/** A verifier key of a ledger, and the sizes that it signs. */
export const signerKey = z.strictObject({
  from_size: decimal,
  incarnation: z.int(),
  introduced_at: z.string().check(z.maxLength(64)),
  kind: z.enum(['ed25519', 'ml-dsa-44']),
  to_size: z.nullable(decimal),
  vkey: z.string().check(z.maxLength(4_096)),
});
