import * as z from 'zod/mini';

/** A checkpoint with many cosignatures, or a proof with the record's body beside it, in JSON. */
export const COMPARISON_BYTES = 1_048_576;
/** The same as a string of JSON, in which line ends and quotes take two. */
export const COMPARISON_BODY_BYTES = 2 * COMPARISON_BYTES + 1_024;

/** "Bring your own": the text of a checkpoint or a receipt. Of a bundle the browser sends the checkpoint alone, and says so. */
export const ComparisonBody = z.strictObject({
  text: z.string().check(z.minLength(1), z.maxLength(COMPARISON_BYTES)),
  what: z.optional(z.enum(['checkpoint', 'receipt', 'bundle'])),
});
