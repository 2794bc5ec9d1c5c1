import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { readConversationRows } from '@/lib/ledger/read-conversations';
import { readHead } from '@/lib/ledger/read-entries';
import { countConversations } from '@/lib/ledger/read-overview';
import { readPage } from '@/lib/ledger/read-page';
import { searchConversations } from '@/lib/ledger/search-conversations';
import { countMatches } from '@/lib/ledger/walk-positions';
import { ConversationFilter } from '@/lib/schema/filters';
import type { ConversationRow, FrameDto, Page } from '@/lib/schema/screens';
import { auditedScreen, readQuery, type ViewInput } from './audited-screen';

export interface ConversationsDto extends Page<ConversationRow> {
  /** As they were understood. */
  filters: ConversationFilter;
}

/** Conversations by where they begin, newest first, 100 a page. @throws RefusalError format at the filter that is wrong */
export async function viewConversations(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ConversationsDto> {
  const { filters, cursor } = readQuery(ConversationFilter, input.params);
  const look = { permission: 'conversations.read', screen: '/conversations', filters, details: { ...cursor } } as const;
  return auditedScreen(viewer, input, look, ({ ledger }) =>
    boundedRead(async (tx) => {
      const head = await readHead(tx, ledger.id);
      if (head === null) return { rows: [], older: null, newer: null, total: { count: 0, exact: true }, searched_to: null, filters };
      const search = await searchConversations(tx, ledger, filters);
      const { seqs, ...cursors } = await readPage(tx, search, cursor, head.seq);
      const total =
        Object.keys(filters).length === 0
          ? await countConversations(tx, ledger)
          : await countMatches(tx, search, { low: 0n, high: head.seq, older: true });
      return { rows: await readConversationRows(tx, ledger.id, seqs), ...cursors, total, filters };
    }),
  );
}
