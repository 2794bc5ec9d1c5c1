import 'server-only';
import { dropDerived } from '@/lib/archive/make-copy';
import { aboutSegment } from '@/lib/archive/read-archived';
import { type FoundInArchive, searchCopies } from '@/lib/archive/search-copies';
import type { Viewer } from '@/lib/auth/viewer';
import { equalBytes, fromHex } from '@/lib/chain/bytes';
import { env } from '@/lib/env';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { decodeBody } from '@/lib/ledger/decode-body';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { findDestroyed } from '@/lib/ledger/read-destroyed';
import { readEntries } from '@/lib/ledger/read-entries';
import { log } from '@/lib/log';
import { detectPhi } from '@/lib/phi/detect-phi';
import { maskText } from '@/lib/phi/mask-text';
import { ArchiveFilter, type ArchiveSearchDto } from '@/lib/schema/archive-search';
import type { EntryDto, FrameDto } from '@/lib/schema/screens';
import { auditedScreen, readQuery, refuse, type ViewInput } from './audited-screen';

/** Searches that go on in this process at a time; who comes later is asked to come again. */
const AT_ONCE = 2;
let running = 0;

/**
 * Archived records that pass a filter, newest first, from copies whose hash was checked. Each body that is shown was held against the digest in its entry.
 * @throws RefusalError format at the filter that is wrong; archive_refused where nothing is kept to search in; rate_limited; and as auditedRead
 */
export async function viewArchiveSearch(
  viewer: Viewer,
  input: ViewInput,
  signal?: AbortSignal,
): Promise<{ frame: FrameDto } & ArchiveSearchDto> {
  const { filters, cursor } = readQuery(ArchiveFilter, input.params);
  const look = {
    permission: 'records.read',
    screen: '/retention/archive/search',
    filters: recordedFilters(filters),
    details: { ...cursor },
  } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    if (env().ARCHIVE_COPIES_DIR === undefined)
      refuse('archive_refused', 'The archive is not searched on this machine: no folder for search copies is set (ARCHIVE_COPIES_DIR).');
    if (running >= AT_ONCE) refuse('rate_limited', 'Others are searching the archive right now; try again in a few seconds.');
    running++;
    try {
      const found = await searchCopies(ledger, filters, cursor, signal === undefined ? {} : { signal });
      return { ...(await toPage(ledger, found)), filters };
    } finally {
      running--;
    }
  });
}

/** As the access ledger keeps them: of the text that was looked for, personal identifiers by their kind alone. */
function recordedFilters(filters: ArchiveFilter): ArchiveFilter {
  const { text } = filters;
  return text === undefined ? filters : { ...filters, text: maskText(text, detectPhi(text)) };
}

async function toPage(ledger: LedgerRow, found: FoundInArchive): Promise<Omit<ArchiveSearchDto, 'filters'>> {
  const entries = await boundedRead((tx) =>
    readEntries(
      tx,
      ledger.id,
      found.hits.map(({ seq }) => seq),
    ),
  );
  const destroyed = await findDestroyed(
    ledger.id,
    found.hits.map(({ seq }) => seq),
  );
  const at = new Map(entries.map((entry) => [BigInt(entry.seq), entry]));
  const rows: EntryDto[] = [];
  const forged = new Map<bigint, FoundInArchive['hits'][number]['segment']>();
  for (const { seq, body, segment } of found.hits) {
    const entry = at.get(seq);
    // Destroyed while it was looked for: its copy is being dropped.
    if (destroyed.has(seq)) continue;
    // A copy with a digest of somebody's own making: it is another than the entry says, and is not shown.
    if (entry === undefined || !equalBytes(nodeSha256(body), fromHex(entry.body_hash))) forged.set(segment.number, segment);
    else
      rows.push({
        ...entry,
        body: entry.body ?? decodeBody(body),
        archived: {
          ...aboutSegment(segment),
          state: 'verified',
          say: 'Archived; found in a copy made from the verified segment, and this record’s digest agrees.',
        },
      });
  }
  for (const segment of forged.values()) {
    log.error(
      { ledger: ledger.origin, segment: String(segment.number) },
      'a search copy held what the ledger does not name; it was thrown away',
    );
    await dropDerived(ledger, segment);
  }
  const copies = { ...found.copies, forged: [...forged.keys()].map(String) };
  return {
    rows,
    older: found.older === null ? null : String(found.older),
    newer: found.newer === null ? null : String(found.newer),
    total: { count: rows.length, exact: found.whole && forged.size === 0 },
    searched_to: found.searchedTo === null ? null : String(found.searchedTo),
    copies,
    say: sayCopies(copies),
  };
}

function sayCopies({ segments, preparing, rebuilt, unreachable, contradicted, forged }: ArchiveSearchDto['copies']): string | null {
  const many = (n: number) => `${n.toLocaleString('en')} ${n === 1 ? 'segment' : 'segments'}`;
  const parts: string[] = [];
  if (segments === 0) return 'Nothing of this ledger is archived yet.';
  if (preparing > 0)
    parts.push(
      `${many(preparing)} ${preparing === 1 ? 'is' : 'are'} being prepared for searching; what ${preparing === 1 ? 'it holds' : 'they hold'} is not found yet`,
    );
  if (rebuilt > 0) parts.push(`the search copy of ${many(rebuilt)} did not match its hash and was made anew from the archive`);
  if (forged.length > 0)
    parts.push(
      `the search copy of ${forged.length === 1 ? 'segment' : 'segments'} ${forged.join(', ')} held what the ledger does not name; it was thrown away, so search again`,
    );
  if (unreachable.length > 0) parts.push(`${many(unreachable.length)} could not be fetched: the store does not answer`);
  if (contradicted.length > 0)
    parts.push(
      `what lies as ${contradicted.length === 1 ? 'segment' : 'segments'} ${contradicted.join(', ')} is not what was archived; verify the ledger against the archive`,
    );
  if (parts.length === 0) return null;
  const text = `${parts.join('; ')}.`;
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
