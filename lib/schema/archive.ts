import * as z from 'zod/mini';
import { Seq } from './seq';

const time = z.string();

/**
 * Where the body of a record lies that has left the database, and whether it was fetched. `verified`: fetched, and it is what the signed manifest and the entry
 * name. `not_fetched`: lists do not fetch. `unreachable`: the store did not answer. `contradicted`: something else lies there; a verification tells more.
 */
export const ArchivedAnswer = z.object({
  segment: Seq,
  store: z.enum(['s3', 'directory']),
  archived_at: time,
  retain_until: time,
  state: z.enum(['verified', 'not_fetched', 'unreachable', 'contradicted']),
  say: z.string(),
});
export type ArchivedDto = z.infer<typeof ArchivedAnswer>;
