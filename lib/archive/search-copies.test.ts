import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchiveFilter, foldText } from '@/lib/schema/archive-search';
import { openSearchableArchive } from '@/lib/testing/open-archive';
import { AGENTS, DOMAINS, filesOf, searchableLedger, seqs, TEXTS, TOOLS } from '@/lib/testing/searchable-ledger';
import { copiesFolder } from './make-copy';
import { withDuckDb } from './open-duckdb';
import { searchCopies } from './search-copies';

openSearchableArchive();

/** Of record 85, which has neighbours of other hours. */
const AT_85 = '2025-05-15T05:30:00.000Z';
const EDGES: ArchiveFilter[] = [{ after: AT_85 }, { before: AT_85 }, { domain: 'soc2' }, { classification: 'public' }, {}];

type Body = Record<string, unknown>;
/** By the words of the filter, and nothing of the product's but how texts are folded. */
function passes(body: Body, filter: ArchiveFilter): boolean {
  const details = (body.details ?? {}) as Body;
  const texts: string[] = [];
  JSON.stringify([details, body.purpose], (_name, value) => {
    if (['string', 'number', 'boolean'].includes(typeof value)) texts.push(foldText(String(value)));
    return value;
  });
  const at = Date.parse(body.timestamp as string);
  const of: Record<Exclude<keyof ArchiveFilter, 'domain' | 'text' | 'after' | 'before'>, unknown> = {
    action: body.action,
    actor: body.actor_id,
    actor_type: body.actor_type,
    agent: body.agent_name,
    conversation: body.conversation_id,
    resource_type: body.resource_type,
    resource_id: body.resource_id,
    subject: body.subject_id,
    outcome: body.outcome,
    classification: body.data_classification,
    tool: details.tool,
    model: details.model,
  };
  return (
    Object.entries(of).every(
      ([name, value]) => filter[name as keyof ArchiveFilter] === undefined || filter[name as keyof ArchiveFilter] === value,
    ) &&
    (filter.domain === undefined || ((body.domains as string[] | undefined) ?? []).includes(filter.domain)) &&
    (filter.text === undefined || texts.some((text) => text.includes(foldText(filter.text!)))) &&
    (filter.after === undefined || at >= Date.parse(filter.after)) &&
    (filter.before === undefined || at < Date.parse(filter.before))
  );
}
const naive = (bodies: ReadonlyMap<bigint, Buffer>, filter: ArchiveFilter) =>
  [...bodies]
    .filter(([, body]) => passes(JSON.parse(body.toString('utf8')) as Body, filter))
    .map(([seq]) => seq)
    .reverse();

describe('a search in the archive', () => {
  it('finds what going through every record by hand finds, whatever the filters are', { timeout: 180_000 }, async () => {
    const { ledger, bodies } = await searchableLedger(90, 25);
    const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 3 });
    const filters = fc.record({
      text: fc.option(
        fc.oneof(
          fc.constantFrom(...TEXTS.map((text) => text.replace('\n', ' ')), 'TICKET', 'fi', 'strasse', '7', 'true', 'treatment', 'and'),
          fc.string({ minLength: 1, maxLength: 3 }),
        ),
        { nil: undefined, freq: 2 },
      ),
      action: maybe(['tool_invoked', 'data_accessed', 'prompt_changed'] as const),
      agent: maybe([...AGENTS, "' OR 1=1 --"]),
      conversation: maybe(['talk-1', 'talk-6', 'none']),
      subject: maybe(['P-0', 'P-4', '%']),
      resource_type: maybe(['patient_record']),
      resource_id: maybe(['r/0', 'r/5']),
      outcome: maybe(['success', 'denied'] as const),
      classification: maybe(['public', 'restricted'] as const),
      tool: maybe(TOOLS),
      model: maybe(['m-1']),
      domain: maybe(DOMAINS),
      after: maybe(['2025-03-12', '2025-05-15T05:30Z', '2030-01-01']),
      before: maybe(['2025-08-01', '2025-05-15T05:30:00.001Z', '1999-01-01']),
    });
    await fc.assert(
      fc.asyncProperty(filters, async (raw) => {
        const filter = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined)) as ArchiveFilter;
        const found = await searchCopies(ledger, filter, {});
        expect(seqs(found)).toEqual(naive(bodies, filter));
        for (const { seq, body } of found.hits) expect(body.equals(bodies.get(seq)!)).toBe(true);
      }),
      {
        numRuns: 120,
        examples: [...TEXTS.map((text) => ({ text: text.replace('\n', ' ') })), ...EDGES].map((filter): [object] => [filter]) as never,
      },
    );
  });

  it('comes page by page, each record once, from either side', async () => {
    const { ledger, bodies } = await searchableLedger(230, 40);
    const all = naive(bodies, {});
    const down: bigint[] = [];
    let page = await searchCopies(ledger, {}, {});
    for (;;) {
      down.push(...seqs(page));
      if (page.older === null) break;
      page = await searchCopies(ledger, {}, { older: String(page.older) });
    }
    expect(down).toEqual(all);
    expect(page.hits).toHaveLength(30);
    const up: bigint[] = [];
    for (let newer: bigint | null = -1n; newer !== null; ) {
      const next: Awaited<ReturnType<typeof searchCopies>> = await searchCopies(ledger, {}, { newer: newer === -1n ? '0' : String(newer) });
      up.unshift(...seqs(next));
      newer = next.newer;
    }
    expect(up).toEqual(all.filter((seq) => seq > 0n));
    expect((await searchCopies(ledger, {}, { older: '0' })).hits).toEqual([]);
  });

  it('looks only into segments in which something can pass', async () => {
    const { ledger, segments } = await searchableLedger(60, 20);
    expect((await searchCopies(ledger, { conversation: 'none' }, {})).copies).toMatchObject({ segments: 3, asked: 0, searched: 0 });
    expect((await searchCopies(ledger, { after: '2026-01-01' }, {})).copies).toMatchObject({ asked: 0 });
    expect((await searchCopies(ledger, {}, { older: String(segments[1]!.firstSeq) })).copies).toMatchObject({ asked: 1, searched: 1 });
  });

  it('says what is being prepared where it has no time to wait, and finds it later', async () => {
    const { ledger, bodies } = await searchableLedger(60, 20);
    const first = await searchCopies(ledger, {}, {}, { makingMs: 0 });
    expect([first.hits, first.whole, first.copies.preparing]).toEqual([[], false, 3]);
    expect(seqs(await searchCopies(ledger, {}, {}))).toEqual(naive(bodies, {}));
    // Those are the same as were begun: none was made twice.
    expect(filesOf(copiesFolder(ledger)!)).toHaveLength(3);
  });

  it('ends when it is cancelled, and when its time is over says how far it got', async () => {
    const { ledger } = await searchableLedger(60, 20);
    await searchCopies(ledger, {}, {});
    const stop = new AbortController();
    stop.abort();
    await expect(searchCopies(ledger, {}, {}, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(
      withDuckDb({ files: [], threads: 1, timeoutMs: 100 }, (c) => c.run('SELECT count(*) FROM range(100000000000) a, range(1000) b')),
    ).rejects.toMatchObject({ name: 'DuckDbStopped' });
    const later = new AbortController();
    setTimeout(() => later.abort(), 100);
    await expect(
      withDuckDb({ files: [], threads: 1, signal: later.signal }, (c) =>
        c.run('SELECT count(*) FROM range(100000000000) a, range(1000) b'),
      ),
    ).rejects.toMatchObject({ name: 'DuckDbStopped' });
  });
});
