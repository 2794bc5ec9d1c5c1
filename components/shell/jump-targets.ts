import { may } from '@/lib/policy/permissions';
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
  }
  return jumps;
}
