import * as z from 'zod/mini';

/** The last that the database can count to; both are of nineteen digits, so that they compare as text. */
const LAST = '9223372036854775807';

/** A position or another number that may pass 2^53: a decimal string, up to 2^63 − 1. */
export const Seq = z.string().check(
  z.regex(/^\d{1,19}$/),
  z.refine((value) => value.length < LAST.length || value <= LAST),
);
