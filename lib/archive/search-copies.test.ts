import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, pool } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { type ArchiveFilter, foldText } from '@/lib/schema/archive-search';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from '@/lib/testing/agent-record';
import { archivableLedger, archive } from '@/lib/testing/archived-ledger';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { DirectoryStore } from './directory-store';
import { copiesFolder, dropDerived, findCopy, knownCopies, makeCopy } from './make-copy';
import { withDuckDb } from './open-duckdb';
import { prepareCopies, sweepCopies } from './prepare-copies';
import { searchCopies } from './search-copies';
import { listSegments, type Segment } from './segments';

let db: TestDatabase;
const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-copies-'));
const drops: (() => void)[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  process.env.ARCHIVE_COPIES_DIR = path.join(folder, 'copies');
});
afterAll(async () => {
  for (const drop of drops) drop();
  delete process.env.ARCHIVE_COPIES_DIR;
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

const TEXTS = [
  'Ticket 4711',
  'straße',
  'STRASSE',
  'İstanbul',
  'O’Neil',
  "it's",
  '%',
  '_',
  '\\',
  '"quoted"',
  '； DROP',
  'ﬁnal',
  '🩺 visit',
  'a\nb',
  "'); DROP TABLE copy; --",
  '$1',
];
const AGENTS = ['triage', 'claims', "O'Hara-1"].map((name) => name.replace("'", ''));
const TOOLS = ['ehr.read', 'ehr.write', 'mail.send'];
const DOMAINS = ['hipaa', 'soc2', 'soc2-type', 'pci-dss'];
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]!;
/** As different from one another as records are. */
function records(count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) =>
    agentRecord({
      conversation_id: `talk-${i % 7}`,
      agent_name: pick(AGENTS, i),
      action: pick(['tool_invoked', 'data_accessed', 'agent_response_generated'] as const, i + 1),
      timestamp: `2025-0${1 + (i % 9)}-1${i % 10}T0${i % 10}:30:00.000Z`,
      details: {
        tool: pick(TOOLS, i >> 1),
        model: pick(['m-1', 'm-2'], i >> 2),
        note: `${pick(TEXTS, i)} and ${pick(TEXTS, i >> 3)}`,
        deep: { list: [{ n: i, flag: i % 2 === 0 }] },
      },
      ...(i % 3 !== 0 && { outcome: pick(['success', 'failure', 'denied'] as const, i) }),
      ...(i % 4 === 0 && { subject_id: `P-${i % 11}` }),
      ...(i % 5 === 0 && { resource_type: 'patient_record', resource_id: `r/${i % 6}` }),
      ...(i % 2 === 0 && { domains: [pick(DOMAINS, i >> 1)] }),
      ...(i % 6 === 0 && { purpose: `TREATMENT of ${pick(TEXTS, i)}` }),
      data_classification: pick(['public', 'internal', 'confidential', 'restricted'] as const, i),
    }),
  );
}

/** Of record 85, which has neighbours of other hours. */
const AT_85 = '2025-05-15T05:30:00.000Z';
const EDGES: ArchiveFilter[] = [{ after: AT_85 }, { before: AT_85 }, { domain: 'soc2' }, { classification: 'public' }, {}];

let made = 0;
async function archived(
  count: number,
  rows: number,
): Promise<{ ledger: LedgerRow; folder: string; bodies: Map<bigint, Buffer>; segments: Segment[] }> {
  const slug = `search-${process.pid}-${++made}`;
  const { ledger, drop } = await archivableLedger(db, slug, records(count));
  drops.push(drop);
  const { rows: stored } = await pool('verification').query<{ seq: string; body: Buffer }>(
    'SELECT seq, body FROM records WHERE ledger_id = $1 ORDER BY seq',
    [ledger.id],
  );
  await archive(ledger, new DirectoryStore(path.join(folder, slug)), { bounds: { rows, bytes: 1e9 } });
  const bodies = new Map(stored.map(({ seq, body }) => [BigInt(seq), body]));
  return { ledger, folder: copiesFolder(ledger)!, bodies, segments: await listSegments(ledger.id, 0n, 100) };
}

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
const seqs = ({ hits }: { hits: readonly { seq: bigint }[] }) => hits.map(({ seq }) => seq);
const filesOf = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.parquet'))
    .sort();

describe('a search in the archive', () => {
  it('finds what going through every record by hand finds, whatever the filters are', { timeout: 180_000 }, async () => {
    const { ledger, bodies } = await archived(90, 25);
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
    const { ledger, bodies } = await archived(230, 40);
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
    const { ledger, segments } = await archived(60, 20);
    expect((await searchCopies(ledger, { conversation: 'none' }, {})).copies).toMatchObject({ segments: 3, asked: 0, searched: 0 });
    expect((await searchCopies(ledger, { after: '2026-01-01' }, {})).copies).toMatchObject({ asked: 0 });
    expect((await searchCopies(ledger, {}, { older: String(segments[1]!.firstSeq) })).copies).toMatchObject({ asked: 1, searched: 1 });
  });

  it('says what is being prepared where it has no time to wait, and finds it later', async () => {
    const { ledger, bodies } = await archived(60, 20);
    const first = await searchCopies(ledger, {}, {}, { makingMs: 0 });
    expect([first.hits, first.whole, first.copies.preparing]).toEqual([[], false, 3]);
    expect(seqs(await searchCopies(ledger, {}, {}))).toEqual(naive(bodies, {}));
    // Those are the same as were begun: none was made twice.
    expect(filesOf(copiesFolder(ledger)!)).toHaveLength(3);
  });

  it('ends when it is cancelled, and when its time is over says how far it got', async () => {
    const { ledger } = await archived(60, 20);
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

describe('a copy', () => {
  it('is not searched where a byte of it, or all of it, is another: it is made anew from the archive', async () => {
    const { ledger, folder: dir, bodies } = await archived(60, 20);
    await searchCopies(ledger, {}, {});
    const names = filesOf(dir);
    expect(names).toHaveLength(3);
    expect(statSync(path.join(dir, names[0]!)).mode & 0o777).toBe(0o400);
    const rewrite = (name: string, change: (bytes: Buffer) => Buffer) => {
      const file = path.join(dir, name);
      const bytes = change(readFileSync(file));
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
    };
    rewrite(names[0]!, (bytes) => bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)) as Buffer);
    // A sound Parquet file, of other records.
    rewrite(names[1]!, () => readFileSync(path.join(dir, names[2]!)));
    const found = await searchCopies(ledger, {}, {});
    expect([seqs(found), found.copies.rebuilt, found.copies.searched]).toEqual([naive(bodies, {}), 2, 3]);
    expect(filesOf(dir)).toEqual(names);
    expect((await searchCopies(ledger, {}, {})).copies.rebuilt).toBe(0);
    for (const [name, change] of [
      [names[0]!, () => Buffer.alloc(0)],
      [names[1]!, (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
      [names[2]!, (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('PAR1')])],
    ] as const)
      rewrite(name, change);
    expect((await searchCopies(ledger, {}, {})).copies).toMatchObject({ rebuilt: 3, searched: 3 });
    unlinkSync(path.join(dir, names[0]!));
    expect((await searchCopies(ledger, {}, {})).copies).toMatchObject({ rebuilt: 0, searched: 3 });
  });

  it('is the same bytes however often it is made, and is not made of what is not what was archived', async () => {
    const { ledger, folder: dir, segments } = await archived(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const [name] = filesOf(dir);
    unlinkSync(path.join(dir, name!));
    await makeCopy(ledger, segments[0]!, dir);
    expect(filesOf(dir)).toEqual([name]);
    await dropDerived(ledger, segments[0]!);
    const file = path.join(segments[0]!.place, segments[0]!.objectKey);
    const bytes = readFileSync(file);
    chmodSync(file, 0o600);
    writeFileSync(
      file,
      bytes.map((byte, i) => (i === 200 ? byte ^ 1 : byte)),
    );
    const found = await searchCopies(ledger, {}, {});
    expect([found.hits, found.copies.contradicted, found.whole]).toEqual([[], ['1'], false]);
    expect(filesOf(dir)).toEqual([]);
    rmSync(file);
    expect((await searchCopies(ledger, {}, {})).copies.contradicted).toEqual(['1']);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('goes with its rows when records in it are destroyed, and one that was being made then is not kept', async () => {
    const { ledger, folder: dir, segments } = await archived(40, 20);
    await searchCopies(ledger, {}, {});
    const { rows } = await pool('verification').query<{ kept: boolean }>(
      `SELECT archive_copy_made($1, 2, 0, 1, sha256('x'), 1, 1) AS kept`,
      [ledger.id],
    );
    expect(rows[0]!.kept).toBe(true);
    await dropDerived(ledger, segments[1]!);
    expect([filesOf(dir).length, [...(await knownCopies(ledger.id, [1n, 2n])).keys()]]).toEqual([1, [1n]]);
    const late = await pool('verification').query<{ kept: boolean }>(`SELECT archive_copy_made($1, 2, 0, 1, sha256('x'), 1, 1) AS kept`, [
      ledger.id,
    ]);
    expect(late.rows[0]!.kept).toBe(false);
    // Another machine's file of it is taken away by that machine's own look.
    const [kept] = filesOf(dir);
    const left = path.join(dir, `000000000002-${createHash('sha256').update('other').digest('hex')}.parquet`);
    copyFileSync(path.join(dir, kept!), left);
    await sweepCopies(ledger);
    expect(existsSync(left)).toBe(true);
    const { utimesSync } = await import('node:fs');
    for (const file of [left, path.join(dir, kept!)]) {
      chmodSync(file, 0o600);
      utimesSync(file, 1, 1);
    }
    await sweepCopies(ledger);
    expect(filesOf(dir)).toEqual([kept]);
    expect((await searchCopies(ledger, {}, {})).hits).toHaveLength(40);
  });

  it('is made before anybody searches, for as long as there is time, and not twice', async () => {
    const { ledger, folder: dir } = await archived(60, 20);
    expect(await prepareCopies(ledger, 0)).toEqual({ made: 0, failed: 0 });
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 3, failed: 0 });
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 0, failed: 0 });
    unlinkSync(path.join(dir, filesOf(dir)[1]!));
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 1, failed: 0 });
  });

  it('is found by its digest among those that are known, and by nothing else', async () => {
    const { ledger, folder: dir, segments } = await archived(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const known = (await knownCopies(ledger.id, [1n])).get(1n)!;
    expect(await findCopy(dir, segments[0]!, known)).toEqual({ file: path.join(dir, filesOf(dir)[0]!) });
    expect(await findCopy(dir, segments[0]!, [])).toBe('absent');
    expect(await findCopy(dir, segments[0]!, ['00'.repeat(32)])).toBe('absent');
  });
});

describe('the database that searches', () => {
  it('opens the files that it was given and nothing else, loads nothing, and takes no settings', async () => {
    const { ledger, folder: dir, segments } = await archived(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const file = path.join(dir, filesOf(dir)[0]!);
    const other = path.join(dir, 'other.parquet');
    copyFileSync(file, other);
    await withDuckDb({ files: [file], threads: 1 }, async (c) => {
      expect((await c.runAndReadAll(`SELECT count(*) FROM read_parquet('${file}')`)).getRows()).toEqual([[20n]]);
      for (const statement of [
        `SELECT * FROM read_parquet('${other}')`,
        `SELECT * FROM read_parquet('${dir}/*.parquet')`,
        `SELECT * FROM read_text('/etc/passwd')`,
        `SELECT * FROM read_csv('/etc/passwd')`,
        `SELECT * FROM glob('/*')`,
        `COPY (SELECT 1) TO '${dir}/new.csv'`,
        `ATTACH '${dir}/new.db'`,
        'INSTALL httpfs',
        'LOAD httpfs',
        "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
        "SET memory_limit = '64GB'",
        'SET enable_external_access = true',
        `SET allowed_paths = ['/etc/passwd']`,
        'SET lock_configuration = false',
        "PRAGMA temp_directory = '/tmp'",
      ])
        await expect(c.run(statement), statement).rejects.toThrow();
    });
  });
});
