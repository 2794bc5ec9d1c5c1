import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { RefusalError } from '@/lib/schema/errors';
import { parseQuery } from '@/lib/schema/search-query';
import type { ViewInput } from './audited-screen';
import { viewConversations } from './view-conversations';
import { viewRecords } from './view-records';

/**
 * One search over records or conversations, as it is typed: what the lists show with `q`, and how it was understood.
 * @throws RefusalError required, enum, query_invalid, and as the lists
 */
export async function runSearch(viewer: Viewer, input: ViewInput) {
  const params = input.params ?? new URLSearchParams();
  const q = params.get('q') ?? '';
  if (q === '') throw new RefusalError('required', 'There is nothing to search for: q is missing.', '/q');
  const place = params.get('in') ?? 'records';
  if (place === 'conversations') return { in: place, q, terms: parseQuery(q, place).terms, ...(await viewConversations(viewer, input)) };
  if (place !== 'records') throw new RefusalError('enum', 'A search is in records or in conversations.', '/in');
  return { in: place, q, terms: parseQuery(q).terms, ...(await viewRecords(viewer, input)) };
}
