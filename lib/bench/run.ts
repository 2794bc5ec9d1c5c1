import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { benchAppend, benchSlowDisk } from './bench-append';
import { openBenchDatabase, slowSyncLibrary } from './bench-database';
import { benchGrowth } from './bench-growth';
import { benchHttp, serveAsDoor } from './bench-http';
import { benchVerification } from './bench-verification';
import { workAsLoad } from './load';
import { markdownTable, plainTable, type Row } from './tables';

/**
 * `npm run bench`: every figure that the documentation names, measured side by side in one run. Options: --quick (one short round, writes nothing),
 * --only append,slow-disk,http,verification,growth, --growth N (records of the last size, 5,000,000 by default), --rounds N (3 by default).
 */
interface Section {
  title: string;
  about: string;
  head: Row;
  rows: Row[];
}

const SECTIONS = ['append', 'slow-disk', 'http', 'verification', 'growth'] as const;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const option = (name: string) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : (args[at + 1] ?? '');
  };
  const quick = args.includes('--quick');
  const only = new Set<string>(option('only')?.split(',') ?? SECTIONS);
  const rounds = quick ? 1 : Number(option('rounds') ?? 3);
  const seconds = quick ? 1.5 : 3;
  const say = (line: string) => process.stdout.write(`  ${line}\n`);
  process.env.LOG_LEVEL = 'error';
  const root = process.env.HOLDFAST_ROOT ?? process.cwd();
  const sections: Section[] = [];
  const db = await openBenchDatabase(root, 'main');
  try {
    if (only.has('append')) {
      sections.push({
        title: 'Append',
        about:
          'Callers × records a call, each call waiting for its receipts. Ratio to COPY binary of ready rows into the same tables, indexes and triggers; ratios to a head row under FOR UPDATE and to a Prisma transaction a record. Latency in milliseconds a call, CPU in microseconds of Node a record.',
        head: ['design', 'load', 'records/s', '÷ COPY', '÷ row lock', '÷ Prisma', 'p50', 'p99', 'CPU'],
        rows: await benchAppend(db, { rounds, seconds, say }),
      });
    }
    if (only.has('http')) {
      sections.push({
        title: 'Ingest over HTTP',
        about:
          'The product (key, strict reading, validation, receipts) against a bare node:http server that only parses JSON and does the same append.',
        head: ['records a request', 'product, records/s', 'bare, records/s', 'ratio'],
        rows: await benchHttp(db, { rounds, seconds, say }),
      });
    }
    if (only.has('verification')) {
      sections.push({
        title: 'Verification',
        about: 'Ratio to a server-side COPY of the same columns to nowhere, which is as fast as the bytes can be had.',
        head: ['what', 'records/s', '÷ COPY', 'memory'],
        rows: await benchVerification(db, { records: quick ? 100_000 : 1_000_000, say }),
      });
    }
    if (only.has('growth')) {
      const most = Number(option('growth') ?? 5_000_000);
      sections.push({
        title: 'Growth of one ledger',
        about:
          '16 callers × 100 records. Ratio to the rate at the first size; beside it COPY at the same moment, and the memory of the appending process.',
        head: ['records', 'records/s', '÷ first', 'COPY, records/s', 'p99 ms', 'memory'],
        rows: await benchGrowth(db, {
          sizes: [100_000, 500_000, 1_000_000, 2_000_000, 5_000_000].filter((n) => n <= most),
          seconds: 6,
          say,
        }),
      });
    }
  } finally {
    await db.close();
  }
  if (only.has('slow-disk')) sections.push(await slowDisk(root, quick ? 1.5 : 3, say));
  report(root, sections, quick || only.size < SECTIONS.length);
}

async function slowDisk(root: string, seconds: number, say: (line: string) => void): Promise<Section> {
  const section = {
    title: 'A slow disk',
    about: 'The same with a millisecond added to each sync, as on a network disk.',
    head: ['design', 'load', 'records/s', '÷ COPY', '÷ row lock', '÷ Prisma', 'p99'],
  };
  const library = process.platform === 'linux' ? slowSyncLibrary(root) : null;
  if (library === null) return { ...section, rows: [['not measured: there is no C compiler here', '', '', '', '', '', '']] };
  const db = await openBenchDatabase(root, 'slow', library);
  try {
    return { ...section, rows: await benchSlowDisk(db, { seconds, say }) };
  } finally {
    await db.close();
  }
}

function report(root: string, sections: Section[], partial: boolean): void {
  for (const { title, head, rows } of sections) process.stdout.write(`\n${title}\n${plainTable(head, rows)}\n`);
  if (partial) return;
  const cpus = os.cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const text = [
    '# Benchmarks',
    '',
    `Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)} at ${commit}: Node ${process.versions.node}, PostgreSQL 17 (embedded, durable settings, data checksums), ${cpus.length} cores${cpus[0]?.model ? ` (${cpus[0].model})` : ''}, ${Math.round(os.totalmem() / 2 ** 30)} GiB. Load and database share the machine.`,
    'Ratios of one run hold from machine to machine; absolute rates do not.',
    '',
    ...sections.flatMap(({ title, about, head, rows }) => [`## ${title}`, '', about, '', markdownTable(head, rows), '']),
  ].join('\n');
  writeFileSync(path.join(root, 'docs/benchmarks.md'), text);
}

if (!(await workAsLoad()) && !(await serveAsDoor())) {
  await main();
  process.exit(0);
}
