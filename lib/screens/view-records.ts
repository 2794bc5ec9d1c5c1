import 'server-only';
import { markArchived } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import { accessLedger, type LedgerRow } from '@/lib/ledger/find-ledger';
import { countArchivedAlone } from '@/lib/ledger/read-archive';
import { readEntries, readHead } from '@/lib/ledger/read-entries';
import { readPage } from '@/lib/ledger/read-page';
import { searchEntries, searchRecords } from '@/lib/ledger/search-records';
import { countMatches } from '@/lib/ledger/walk-positions';
import type { Permission } from '@/lib/policy/permissions';
import { type PageCursor, RecordFilter } from '@/lib/schema/filters';
import type { EntryDto, FrameDto, Page } from '@/lib/schema/screens';
import { auditedScreen, chosenLedger, readQuery, type ViewInput } from './audited-screen';
import { asksForWords, assertPerson, readWordTokens, recordedFilters, type WordsSearched } from './search-words';

export interface RecordsDto extends Page<EntryDto> {
  /** As they were understood. */
  filters: RecordFilter;
  /** Where words were searched. */
  words?: WordsSearched;
  /** With filters: records in the archive alone, where they do not look. */
  unsearched?: number;
}

/**
 * Everything, filtered: a page of 100, newest first.
 * @throws RefusalError format at the filter that is wrong; query_invalid; and for a search of what was said words_not_indexed, vault_unavailable
 */
export async function viewRecords(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & RecordsDto> {
  return viewList(viewer, input, 'records.read', '/records');
}

/** The same over what people did here: the ledger is always `access`. */
export async function viewAccessLog(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & RecordsDto> {
  const params = new URLSearchParams(input.params);
  params.set('ledger', (await accessLedger()).slug);
  return viewList(viewer, { ...input, params }, 'access_log.read', '/access-log');
}

async function viewList(
  viewer: Viewer,
  input: ViewInput,
  permission: Permission,
  screen: string,
): Promise<{ frame: FrameDto } & RecordsDto> {
  const { filters, cursor } = readQuery(RecordFilter, input.params);
  const words = asksForWords(filters);
  if (words) await assertPerson(viewer, await chosenLedger(viewer, input), input.route ?? screen);
  const look = {
    permission: words ? ('content.reveal' as const) : permission,
    screen,
    filters: recordedFilters(filters),
    details: { ...cursor },
  };
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const page = await boundedRead((tx) => listRecords(tx, ledger, filters, cursor));
    return { ...page, rows: await markArchived(ledger, page.rows) };
  });
}

async function listRecords(tx: Tx, ledger: LedgerRow, filters: RecordFilter, cursor: PageCursor): Promise<RecordsDto> {
  const head = await readHead(tx, ledger.id);
  if (head === null) return { rows: [], older: null, newer: null, total: { count: 0, exact: true }, searched_to: null, filters };
  const filtered = Object.keys(filters).length > 0;
  // Without a filter the headers are listed, so that an entry whose record has gone is seen, and seen as such.
  const words = asksForWords(filters) ? await readWordTokens(tx, ledger, filters, head.seq) : undefined;
  const search = filtered ? searchRecords(ledger, filters, words?.tokens) : searchEntries(ledger);
  const { seqs, ...cursors } = await readPage(tx, search, cursor, head.seq);
  const total = filtered
    ? await countMatches(tx, search, { low: 0n, high: head.seq, older: true })
    : { count: Number(head.seq) + 1, exact: true };
  const unsearched = filtered && !search.wordsAlone ? await countArchivedAlone(tx, ledger.id) : 0;
  return {
    rows: await readEntries(tx, ledger.id, seqs),
    ...cursors,
    total,
    filters,
    ...(words && { words: words.searched }),
    ...(unsearched > 0 && { unsearched }),
  };
}
