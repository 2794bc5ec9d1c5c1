import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fetchSegment, forgetSegments } from '@/lib/archive/fetch-segment';
import { copiesFolder } from '@/lib/archive/make-copy';
import { prepareCopies } from '@/lib/archive/prepare-copies';
import { searchCopies } from '@/lib/archive/search-copies';
import { listSegments } from '@/lib/archive/segments';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { ArchiveFilter } from '@/lib/schema/archive-search';
import { fixed } from './tables';

const ROUNDS = 5;

/** What it takes to read what is archived: a segment fetched and verified for a reader, copies made to search in, and searches over all of them. */
export async function benchReading(ledger: LedgerRow, add: (what: string, figure: string, beside: string) => void): Promise<void> {
  const segments = await listSegments(ledger.id, 0n, 1_000);
  const rows = segments.reduce((sum, segment) => sum + segment.rows, 0);
  const packed = segments.reduce((sum, { gzip }) => sum + (gzip?.bytes ?? 0), 0);
  const raw = segments.reduce((sum, segment) => sum + (segment.raw?.bytes ?? 0), 0);
  add(
    'an archived record lies in its object with',
    `${fixed(packed / rows, 0)} bytes`,
    `${fixed(raw / rows, 0)} before packing; ${segments.length} segments`,
  );
  const fetches: number[] = [];
  for (const segment of segments.slice(0, ROUNDS)) {
    forgetSegments();
    fetches.push(await timed(() => fetchSegment(ledger, segment)));
  }
  add(
    'a segment of 20,000 records is fetched, verified and at hand for a reader',
    `${fixed(median(fetches), 0)} ms`,
    `most ${fixed(Math.max(...fetches), 0)} ms`,
  );
  forgetSegments();
  const making = await timed(() => prepareCopies(ledger, 600_000));
  const folder = copiesFolder(ledger)!;
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
  add(
    'copies to search in are made of verified segments',
    `${fixed(rows / (making / 1_000), 0)} records/s`,
    `${fixed(bytes / rows, 0)} bytes a record`,
  );
  const searches: [string, ArchiveFilter][] = [
    ['a conversation that is in none of them', { conversation: 'none-such-1' }],
    ['an agent of none of them', { agent: 'none-such' }],
    ['a text that stands nowhere', { text: 'no such text anywhere' }],
    ['everything, the newest page', {}],
  ];
  for (const [what, filter] of searches) {
    const took: number[] = [];
    let searched = 0;
    for (let round = 0; round < ROUNDS; round++)
      took.push(
        await timed(async () => {
          searched = (await searchCopies(ledger, filter, {})).copies.searched;
        }),
      );
    add(
      `search in ${fixed(rows, 0)} archived records: ${what}`,
      `${fixed(median(took), 0)} ms`,
      `${searched} copies hashed and looked into`,
    );
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
