import { may } from '@/lib/policy/permissions';
import { parseQuery, type SearchPlace } from '@/lib/schema/search-query';
import { isUuid } from '@/lib/schema/uuid';
import { IDENTIFIER, type Role } from '@/lib/schema/vocabulary';

export interface Jump {
  href: string;
  label: string;
}

const POSITION = /^#?([\d,]{1,24})$/;

/**
 * Where a typed text may lead. Only addresses are made here: nothing is looked up, so that typing is not reading.
 * A position becomes the page of records that begins with it.
 */
export function jumpTargets(typed: string, role: Role | null): Jump[] {
  const text = typed.trim();
  if (text === '') return [];
  const value = encodeURIComponent(text);
  const jumps: Jump[] = [];
  const records = may(role, 'records.read');
  const conversations = may(role, 'conversations.read');
  const searches = (['records', 'conversations'] as const).flatMap((place) =>
    (place === 'records' ? records : conversations) && isSearch(text, place)
      ? [{ href: `/${place}?q=${value}`, label: `Search ${place} for ${text}` }]
      : [],
  );
  if (searches.length > 0) return searches;
  const position = POSITION.exec(text)?.[1]?.replaceAll(',', '');
  if (position !== undefined && records) {
    jumps.push({ href: `/records?older=${BigInt(position) + 1n}`, label: `Records from #${text.replace('#', '')}` });
  }
  if (isUuid(text)) {
    if (records) jumps.push({ href: `/records/${value}`, label: `Record ${text}` });
    if (conversations) jumps.push({ href: `/conversations/${value}`, label: `Conversation ${text}` });
    return jumps;
  }
  if (conversations && IDENTIFIER.test(text)) {
    jumps.push({ href: `/conversations/${value}`, label: `Conversation ${text}` });
    jumps.push({ href: `/conversations?id=${value}`, label: `Conversations whose id begins with ${text}` });
  }
  if (records && text.length <= 256) {
    jumps.push({ href: `/records?resource_id=${value}`, label: `Records that touched resource ${text}` });
    jumps.push({ href: `/records?subject=${value}`, label: `Records about subject ${text}` });
    jumps.push({ href: `/records?agent=${value}`, label: `Records of agent ${text}` });
    jumps.push({ href: `/records?actor=${value}`, label: `Records triggered by ${text}` });
    if (parseQuery(text).faults.length === 0)
      jumps.push({ href: `/records?q=${value}`, label: `Records of which an id begins with ${text}` });
  }
  return jumps;
}

/** More than one bare word: typed as a search. */
function isSearch(text: string, place: SearchPlace): boolean {
  const { terms, faults } = parseQuery(text, place);
  return faults.length === 0 && (terms.length > 1 || terms.some((term) => term.name !== null || term.not));
}
