import type { ArchivedDto } from './archive';
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

/** In a list, instead of what a record says. */
export function absentWords({ archived }: { archived?: ArchivedDto | undefined }): string {
  if (archived === undefined) return 'missing or unreadable';
  return archived.state === 'not_fetched' ? `archived in segment ${formatCount(archived.segment)}` : archivedWords(archived).words;
}

/** Where the records of a conversation are. */
export function keptInWords({ record_count: all, archived }: { record_count: number; archived: number }): string {
  if (archived === 0) return 'Database';
  return archived >= all ? 'Archive' : 'Archive in part';
}
