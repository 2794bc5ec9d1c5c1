import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeDatabase } from '@/lib/db';
import { benchAppend, benchSlowDisk } from './bench-append';
import { benchArchive } from './bench-archive';
import { type BenchDatabase, openBenchDatabase, slowSyncLibrary } from './bench-database';
import { benchEvidence } from './bench-evidence';
import { benchGrowth } from './bench-growth';
import { benchHttp, serveAsDoor } from './bench-http';
import { benchProofs } from './bench-proofs';
import { benchRetention } from './bench-retention';
import { benchVerification } from './bench-verification';
import { keepSection, type Section } from './keep-section';
import { workAsLoad } from './load';
import { plainTable } from './tables';

interface Run {
  root: string;
  quick: boolean;
  rounds: number;
  seconds: number;
  growth: number;
  say(line: string): void;
}

/** In the order of the page, and of what a loaded machine harms most. */
const SECTIONS: Record<string, (run: Run) => Promise<Section>> = {
  append: async ({ root, rounds, seconds, say }) => ({
    title: 'Append',
    about:
      'Callers × records a call, each call waiting for its receipts. Ratio to COPY binary of ready rows into the same tables, indexes and triggers; ratios to a head row under FOR UPDATE and to a Prisma transaction a record; each the median of the rounds, both sides measured within the same minute. Latency in milliseconds a call, CPU in microseconds of Node a record.',
    head: ['design', 'load', 'records/s', '÷ COPY', '÷ row lock', '÷ Prisma', 'p50', 'p99', 'CPU'],
    rows: await within(root, (db) => benchAppend(db, { rounds, seconds, say })),
  }),
  'slow-disk': async ({ root, seconds, say }) => {
    const library = process.platform === 'linux' ? slowSyncLibrary(root) : null;
    return {
      title: 'A slow disk',
      about: 'The same with a millisecond added to each sync, as on a network disk.',
      head: ['design', 'load', 'records/s', '÷ COPY', '÷ row lock', '÷ Prisma', 'p99'],
      rows:
        library === null
          ? [['not measured: there is no C compiler here', '', '', '', '', '', '']]
          : await within(root, (db) => benchSlowDisk(db, { seconds, say }), library),
    };
  },
  http: async ({ root, rounds, seconds, say }) => ({
    title: 'Ingest over HTTP',
    about:
      'The product (key, strict reading, validation, receipts) against a bare node:http server that only parses JSON and does the same append.',
    head: ['records a request', 'product, records/s', 'bare, records/s', 'ratio'],
    rows: await within(root, (db) => benchHttp(db, { rounds, seconds, say })),
  }),
  verification: async ({ root, quick, say }) => ({
    title: 'Verification',
    about: 'Ratio to a server-side COPY of the same columns to nowhere, which is as fast as the bytes can be had.',
    head: ['what', 'records/s', '÷ COPY', 'memory'],
    rows: await within(root, (db) => benchVerification(db, { records: quick ? 100_000 : 1_000_000, say })),
  }),
  proofs: async ({ root, quick, rounds, seconds, say }) => ({
    title: 'Proofs',
    about:
      'Ingest with the signing loop in the same process and without it, in turn; the tree of a ledger of ten million entries whose headers were made for it, and proofs out of it, one after another.',
    head: ['what', 'median', ''],
    rows: await within(root, (db) => benchProofs(db, { rounds, seconds, entries: quick ? 1_000_000 : 10_000_000, say })),
  }),
  evidence: async ({ root, rounds, say }) => ({
    title: 'Evidence',
    about:
      'Made by the code of the export’s job; verified by the code of the command, and by the page in a real browser, from the choice of the file to its verdict.',
    head: ['what', 'median', ''],
    rows: await within(root, (db) => benchEvidence(db, { rounds, say })),
  }),
  archive: async ({ root, seconds, say }) => ({
    title: 'Archive',
    about:
      'One ledger; copies go into a folder. Latency is that of a sender with a record every five milliseconds, in the same process as the archiver; WAL includes what the sender wrote.',
    head: ['what', 'measured', ''],
    rows: await within(root, (db) => benchArchive(db, { seconds, say })),
  }),
  retention: async ({ root, quick, say }) => ({
    title: 'Retention',
    about:
      'The product as its users start it, asked over HTTP with a session. Cold: the first answer after it and its database were started again (a start draws one page of made-up figures: decision 030); then the median and the slowest of twenty. Headers and sums are made for the ledger; no statement of these screens reads a record.',
    head: ['what', 'cold', 'median', 'slowest'],
    rows: await benchRetention(root, { records: quick ? 1_000_000 : 10_000_000, say }),
  }),
  growth: async ({ root, growth, say }) => ({
    title: 'Growth of one ledger',
    about:
      '16 callers × 100 records. Ratio to the rate at the first size; beside it COPY at the same moment, and the memory of the appending process.',
    head: ['records', 'records/s', '÷ first', 'COPY, records/s', 'p99 ms', 'memory'],
    rows: await within(root, (db) =>
      benchGrowth(db, { sizes: [100_000, 500_000, 1_000_000, 2_000_000, 5_000_000].filter((n) => n <= growth), seconds: 6, say }),
    ),
  }),
};
const TITLES = [
  'Append',
  'A slow disk',
  'Ingest over HTTP',
  'Verification',
  'Proofs',
  'Evidence',
  'Archive',
  'Retention',
  'Growth of one ledger',
];

/**
 * `npm run bench`: every figure that the documentation names, measured side by side in one run, and kept in docs/benchmarks.md section by section.
 * Options: --quick (one short round, writes nothing), --only append,slow-disk,http,verification,proofs,evidence,archive,retention,growth, --growth N (records of the last size,
 * 5,000,000 by default), --rounds N (3 by default).
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const option = (name: string) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : (args[at + 1] ?? '');
  };
  const quick = args.includes('--quick');
  const run: Run = {
    root: process.env.HOLDFAST_ROOT ?? process.cwd(),
    quick,
    rounds: quick ? 1 : Number(option('rounds') ?? 3),
    seconds: quick ? 1.5 : 3,
    growth: Number(option('growth') ?? 5_000_000),
    say: (line) => process.stdout.write(`  ${line}\n`),
  };
  process.env.LOG_LEVEL = 'error';
  const names = option('only')?.split(',') ?? Object.keys(SECTIONS);
  const unknown = names.filter((name) => SECTIONS[name] === undefined);
  if (unknown.length > 0) throw new Error(`There is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}.`);
  if (names.length > 1) {
    for (const name of names) await measureAlone(name, args);
    return;
  }
  const section = await SECTIONS[names[0]](run);
  process.stdout.write(`\n${section.title}\n${plainTable(section.head, section.rows)}\n\n`);
  if (!quick) keepSection(run.root, section, TITLES);
}

/** A section in a process of its own: the product's pools and settings are made once a process, and each section has another server. */
async function measureAlone(name: string, args: string[]): Promise<void> {
  const child = fork(process.argv[1], ['--only', name, ...args], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The section ${name} ended with exit code ${code}; what it said stands above.`);
}

/** Each section has a server of its own, made anew: none pays for what another left behind. */
async function within<T>(root: string, measure: (db: BenchDatabase) => Promise<T>, preload?: string): Promise<T> {
  const db = await openBenchDatabase(root, preload === undefined ? 'main' : 'slow', preload);
  try {
    return await measure(db);
  } finally {
    // Connections that a section left would lead the next one to a server that is gone.
    await closeDatabase();
    await db.close();
  }
}

if (!(await workAsLoad()) && !(await serveAsDoor())) {
  await main();
  process.exit(0);
}
