import type { ArchivedDto } from './archive';
import type { DestroyedDto } from './destruction';
import { formatCount } from './format-count';

/** What is said of records that have left the database: on screens, and in reports of the same lists. */

/** What a reader is told of a record that was fetched from the archive, or could not be, in a few words. */
export function archivedWords({ state, kept }: Pick<ArchivedDto, 'state' | 'kept'>): {
  tone: 'verified' | 'plain' | 'attention' | 'broken';
  words: string;
} {
  switch (state) {
    case 'verified':
      return {
        tone: 'verified',
        words: kept === true ? 'archived, verified on fetch, kept in memory since' : 'archived, verified on fetch',
      };
    case 'not_fetched':
      return { tone: 'plain', words: 'archived' };
    case 'unreachable':
      return { tone: 'attention', words: 'archived; the archive does not answer' };
    case 'contradicted':
      return { tone: 'broken', words: 'archived; what lies there is not what was archived' };
  }
}

const ABSENT: Record<ArchivedDto['state'], (segment: string) => string> = {
  verified: () => 'verified on fetch',
  not_fetched: (segment) => `in segment ${segment}; fetched when it is opened`,
  unreachable: () => 'the archive does not answer',
  contradicted: () => 'what lies there is not what was archived',
};

/** In a list that does not have the record itself: instead of its action, and instead of what it says. */
export function absentWords({ archived, destroyed }: { archived?: ArchivedDto | undefined; destroyed?: DestroyedDto | undefined }): {
  action: string;
  what: string | null;
} {
  if (destroyed !== undefined)
    return {
      action: 'Erased under policy',
      what: `${destroyed.on === null ? '' : `on ${destroyed.on}, `}certificate #${destroyed.number}`,
    };
  if (archived === undefined) return { action: 'Missing or unreadable', what: null };
  return { action: 'Archived', what: ABSENT[archived.state](formatCount(archived.segment)) };
}

/** Where the records of a conversation are. */
export function keptInWords({
  record_count: all,
  archived,
  destroyed = 0,
}: {
  record_count: number;
  archived: number;
  destroyed?: number | undefined;
}): string {
  if (destroyed > 0) return destroyed >= all ? 'Erased under policy' : 'Erased in part';
  if (archived === 0) return 'Database';
  return archived >= all ? 'Archive' : 'Archive in part';
}
