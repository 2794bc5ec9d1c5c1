import * as z from 'zod/mini';
import { ConversationPage, RecordPage } from './answers';
import { PageCursor } from './filters';
import { parseQuery, QUALIFIERS, SEARCH_PLACES, type SearchPlace } from './search-query';

/** Query of GET /api/v1/search. */
export const SearchParams = z.object({
  ledger: z.optional(z.string()),
  q: z.string(),
  in: z.optional(z.enum(SEARCH_PLACES)),
  ...PageCursor.shape,
});

/** As it was understood. `start` and `end` are UTF-16 units of q. */
const TermAnswer = z.object({
  /** null: a bare word, the beginning of an id. */
  name: z.nullable(z.enum(QUALIFIERS)),
  value: z.string(),
  not: z.boolean(),
  start: z.number(),
  end: z.number(),
});
const understood = { q: z.string(), terms: z.array(TermAnswer) };

export const SearchAnswer = z.discriminatedUnion('in', [
  z.object({ in: z.literal('records'), ...understood, ...RecordPage.shape }),
  z.object({ in: z.literal('conversations'), ...understood, ...ConversationPage.shape }),
]);

/** What is wrong with a search, first of all faults, in one sentence with its place; null where nothing is. */
export function sayFault(q: string, place: SearchPlace): string | null {
  const [fault, ...more] = parseQuery(q, place).faults;
  if (fault === undefined) return null;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `Characters ${fault.start + 1} to ${fault.end}: ${fault.say}${others}`;
}
