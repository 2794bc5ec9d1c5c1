import * as z from 'zod/mini';
import { RecordPage } from './answers';
import { PageCursor, RecordFilter } from './filters';

const { q: _typed, ...ofRecords } = RecordFilter.shape;
const text = RecordFilter.shape.agent;

/**
 * What can be searched by in the archive: members of bodies, each of them optional, all of which must hold. `text` is a part of what stands in the values of details, or
 * in the purpose, whatever its case; what was said is not there, for bodies hold its digests alone.
 */
export const ArchiveFilter = z.object({
  text,
  ...ofRecords,
  tool: text,
  model: text,
  domain: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))),
});
export type ArchiveFilter = z.infer<typeof ArchiveFilter>;

/** So that what is alike to a reader is found: one form of each sign, in lower case; what parts lines is a space, so that nothing is found across two values. */
export function foldText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\0\n\r\u2028\u2029]/g, ' ');
}

/** Texts and numbers, however deep they stand, in order; names of members are none. */
export function* valuesOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number' || typeof value === 'boolean') yield String(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* valuesOf(inner);
}

/** Of the segments that could hold something, as far as the search went. */
export const CopiesSearched = z.object({
  /** All that are archived, and those of them that the filters and the page leave. */
  segments: z.number(),
  asked: z.number(),
  /** Looked into. */
  searched: z.number(),
  /** Their copies are being made; what they hold is not found yet. */
  preparing: z.number(),
  /** Their copies were not what was made, and were made anew from the archive. */
  rebuilt: z.number(),
  /** Numbers of those whose objects cannot be had, or are not what was archived. */
  unreachable: z.array(z.string()),
  contradicted: z.array(z.string()),
  /** Numbers of those whose copies held what the ledger does not name, digest and all: thrown away, and made anew by the next search. */
  forged: z.array(z.string()),
});
export type CopiesSearched = z.infer<typeof CopiesSearched>;

const { words: _words, ...page } = RecordPage.shape;
export const ArchiveSearchAnswer = z.object({ ...page, filters: ArchiveFilter, copies: CopiesSearched, say: z.nullable(z.string()) });
export type ArchiveSearchDto = z.infer<typeof ArchiveSearchAnswer>;

/** The same in a body, for whoever does not want what is looked for in an address. */
export const ArchiveSearchBody = z.strictObject({ ...ArchiveFilter.shape, ...PageCursor.shape });
export const ArchiveSearchParams = z.object({ ledger: z.optional(z.string()), ...ArchiveFilter.shape, ...PageCursor.shape });
