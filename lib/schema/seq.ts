import * as z from 'zod/mini';

/** A position or another number that may pass 2^53: a decimal string. */
export const Seq = z.string().check(z.regex(/^\d{1,19}$/));
