import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * Records leave the database. Whoever reads them either gets what has left from the archive, or stands here with the reason why what is in the database is enough: one
 * that forgets it says that there is nothing, where there is something elsewhere.
 */
const ARCHIVES = 'it moves records there';
const COUNTS = 'sums of what has left are kept beside it (archived_counts, retention_counts, retention_reach, retention_traces)';
const ACCESS = 'of the access ledger, which stays whole (decision 026)';
const VERIFIES = 'what has left is excused by signed manifests, and its bodies are looked at in verify-archive.ts and archived-steps.ts';
const GIVES = 'it gives positions, or bodies as they are here; who calls it is on this list, or fills';
const HERE_ALONE: Record<string, string> = {
  'lib/archive/build-segment.ts': ARCHIVES,
  'lib/archive/plan-segments.ts': ARCHIVES,
  'lib/evidence/find-positions.ts': 'what has left is found by archive_conversations and match-archived.ts',
  'lib/ledger/count-held.ts': COUNTS,
  'lib/ledger/count-volume.ts': 'records are counted before they may leave',
  'lib/ledger/prove-entry.ts': 'prove-record.ts fills the body',
  'lib/ledger/read-conversations.ts': 'what has left is counted by archive_conversations, and filled by view-conversation.ts',
  'lib/ledger/read-destruction-scope.ts':
    'what has left is found by retention_traces and archive_conversations, and judged by judge-records.ts',
  'lib/ledger/read-due.ts': 'what may be archived is here',
  'lib/ledger/read-entries.ts': GIVES,
  'lib/ledger/read-governing.ts': 'what governs is kept here when it leaves (decision 027)',
  'lib/ledger/read-held-segments.ts': 'of segments whose records are still here; of others the traces tell',
  'lib/ledger/read-held.ts': 'count-held.ts says beside it how much is archived',
  'lib/ledger/read-hold-history.ts': ACCESS,
  'lib/ledger/read-in-force.ts': ACCESS,
  'lib/ledger/read-judged.ts': 'judge-records.ts fetches what is not here',
  'lib/ledger/read-overview.ts': 'it says "at least" where something has left; sign-ins are of the access ledger',
  'lib/ledger/read-retention.ts': 'sums are of what has left too; a record that has left is decided by decide-records.ts',
  'lib/ledger/read-tool-records.ts': 'it says that it is not complete where something has left',
  'lib/ledger/read-words.ts': ACCESS,
  'lib/ledger/record-drivers.ts': GIVES,
  'lib/ledger/search-records.ts': GIVES,
  'lib/reports/walk-records.ts': 'what has left is found by match-archived.ts',
  'lib/retention/check-sums.ts': 'it compares the sums of what is here; compare-archive-sums.ts those of what has left',
  'lib/screens/view-archive-search.ts': 'bodies come from the copies that were searched, each held against its entry',
  'lib/verification/check-content.ts': ACCESS,
  'lib/verification/check-counts.ts': COUNTS,
  'lib/verification/chunk-query.ts': VERIFIES,
  'lib/verification/compare-governing.ts': VERIFIES,
  'lib/verification/compare-people.ts': VERIFIES,
  'lib/verification/compare-rotations.ts': ACCESS,
  'lib/verification/read-hold-entries.ts': ACCESS,
  'lib/verification/verify-chunk.ts': VERIFIES,
  'lib/verification/verify-conversation.ts': VERIFIES,
  'lib/verification/verify-heads.ts': VERIFIES,
  'lib/verification/verify-summaries.ts': VERIFIES,
  'lib/words/review-break-glass.ts': ACCESS,
};

const READS = [
  /\b(FROM|JOIN)\s+(public\.)?records\b/,
  /\brecordsOf\(/,
  /\bsearchRecords\(/,
  /\brecords_l\$\{/,
  /import \{[^}]*\b(readEntries|readStored)\b[^}]*\} from '[^']*\/read-entries'/,
];
/** Tools that make records, measure or attack them, and no screen. */
const TOOLS = /^lib\/(testing|bench)\/|^lib\/server\/drills\//;
const FILLS =
  /import \{[^}]*\b(fillStored|fillEntries|readArchived|markArchived|fetchSegment|readSegment)\b[^}]*\} from '@\/lib\/archive\//;

function readersOf(files: ReadonlyMap<string, string>): { fill: string[]; hereAlone: string[] } {
  const readers = [...files].filter(([, text]) => READS.some((reads) => reads.test(text)));
  const pick = (fills: boolean) => readers.filter(([, text]) => FILLS.test(text) === fills).map(([file]) => file);
  return { fill: pick(true).sort(), hereAlone: pick(false).sort() };
}

const files = new Map(
  ['lib', 'app']
    .flatMap((room) => readdirSync(room, { recursive: true }).map((file) => `${room}/${String(file).replaceAll('\\', '/')}`))
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|node_modules/.test(file) && !TOOLS.test(file))
    .map((file) => [file, readFileSync(file, 'utf8')] as const),
);

describe('who reads records', () => {
  it('has what left the database from the archive, or a reason why what is here is enough', () => {
    const { fill, hereAlone } = readersOf(files);
    expect(hereAlone).toEqual(Object.keys(HERE_ALONE).sort());
    expect(fill).toContain('lib/words/index-words.ts');
    expect(fill.length).toBeGreaterThan(8);
  });

  it.each([
    ['a statement', 'await c.query(`SELECT body FROM records WHERE seq = $1`)'],
    ['a join', 'Prisma.sql`SELECT 1 FROM entries e LEFT JOIN records r ON true`'],
    ['the table of a ledger', 'const table = recordsOf(ledger);'],
    ['a search', 'walkPositions(tx, searchRecords(ledger, {}), span, 1)'],
    ['entries with their bodies', "import { readEntries, readHead } from '@/lib/ledger/read-entries';"],
  ])('is seen where it reads by %s', (_how, text) => {
    expect(readersOf(new Map([['lib/x.ts', text]]))).toEqual({ fill: [], hereAlone: ['lib/x.ts'] });
    const filling = `import { fillStored } from '@/lib/archive/read-archived';\n${text}`;
    expect(readersOf(new Map([['lib/x.ts', filling]]))).toEqual({ fill: ['lib/x.ts'], hereAlone: [] });
  });
});
