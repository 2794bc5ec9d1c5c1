import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReportFormat } from '@/lib/schema/reports';
import { PieceWriter } from './keep-pieces';
import type { ReportRow } from './report-source';
import { writeReport } from './write-report';

const COLUMNS = [
  { label: 'No.', width: 54 },
  { label: 'Happened', width: 112 },
  { label: 'What', width: 200 },
  { label: 'Subject', width: 60 },
];
const ROOT = 'cd'.repeat(32);

async function* rowsOf(count: number, make: (i: number) => ReportRow, page = 250): AsyncGenerator<ReportRow[]> {
  for (let at = 0; at < count; at += page) {
    yield Array.from({ length: Math.min(page, count - at) }, (_, i) => make(at + i));
  }
}
const row = (i: number, what = 'lookup · 120 ms'): ReportRow => ({
  cells: [`#${i}`, '2026-11-20 18:03:11 UTC+01:00', what, null],
  line: Buffer.from(`${JSON.stringify({ seq: String(i), what })}\n`),
});

async function make(
  rows: AsyncIterable<ReportRow[]>,
  keep: (format: ReportFormat, bytes: Buffer) => void,
  { onProgress, formats = ['csv', 'jsonl', 'pdf'] }: { onProgress?: (done: number) => void; formats?: ReportFormat[] } = {},
): Promise<number> {
  const sink = (format: ReportFormat) => async (bytes: Buffer) => keep(format, bytes);
  return writeReport({
    formats,
    labels: COLUMNS.map(({ label }) => label),
    head: {
      title: 'Records of Clinic',
      facts: [
        ['Ledger', 'Clinic'],
        ['Filters', 'agent triage \u202e=1+1'],
      ],
      statement: ['Every entry lies under checkpoint 7.'],
      columns: COLUMNS,
      foot: [`Root ${ROOT}`, 'Records of clinic, filters agent triage · times in Europe/Berlin'],
      at: new Date(0),
    },
    rows,
    sayCount: (n) => `${n} records`,
    closing: (n) => [`End of the report: ${n} records.`],
    sinks: { csv: sink('csv'), jsonl: sink('jsonl'), pdf: sink('pdf') },
    ...(onProgress && { onProgress }),
    signal: new AbortController().signal,
  });
}

async function files(rows: AsyncIterable<ReportRow[]>): Promise<Record<ReportFormat, Buffer>> {
  const parts: Record<ReportFormat, Buffer[]> = { csv: [], jsonl: [], pdf: [] };
  await make(rows, (format, bytes) => parts[format].push(bytes));
  return { csv: Buffer.concat(parts.csv), jsonl: Buffer.concat(parts.jsonl), pdf: Buffer.concat(parts.pdf) };
}

/** What each page draws, and what the form draws that stands on all of them. */
function drawn(pdf: Buffer): { pages: string[]; totals: string } {
  const streams: { head: string; text: string }[] = [];
  for (let at = pdf.indexOf('stream\n'); at !== -1; at = pdf.indexOf('stream\n', at + 7)) {
    if (pdf.subarray(at - 3, at).toString() === 'end') continue;
    const head = pdf.subarray(Math.max(0, pdf.lastIndexOf('obj\n', at)), at).toString('latin1');
    streams.push({ head, text: inflateSync(pdf.subarray(at + 7, pdf.indexOf('\nendstream', at))).toString('latin1') });
  }
  const shown = (text: string) =>
    [...text.matchAll(/\[([^\]]*)\] TJ/g)]
      .map(([, hexes]) => [...hexes!.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => Buffer.from(hex!, 'hex').toString('latin1')).join(''))
      .join('\n');
  const form = streams.find(({ head }) => head.includes('/Form'))!;
  return { pages: streams.filter((one) => one !== form).map(({ text }) => shown(text)), totals: form.text };
}

describe('a report', () => {
  it('has the same rows in each of its files', async () => {
    const made = await files(rowsOf(1_234, row));
    expect(
      made.jsonl
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual(Array.from({ length: 1_234 }, (_, i) => String(i)));
    const csv = made.csv.toString().slice(1).trimEnd().split('\r\n');
    expect(csv[0]).toBe('"No.","Happened","What","Subject"');
    expect(csv).toHaveLength(1_235);
    expect(csv[5]).toBe('"#4","2026-11-20 18:03:11 UTC+01:00","lookup · 120 ms",""');
    const { pages } = drawn(made.pdf);
    const numbers = pages.flatMap((page) => [...page.matchAll(/^#(\d+)$/gm)].map(([, n]) => Number(n)));
    expect(numbers).toEqual(Array.from({ length: 1_234 }, (_, i) => i));
  });

  it('has root, filters, zone and number on every page of the PDF, and says how many pages and rows there are', async () => {
    const { pages, totals } = drawn((await files(rowsOf(300, row))).pdf);
    expect(pages.length).toBeGreaterThan(5);
    pages.forEach((page, i) => {
      expect(page).toContain(`Root ${ROOT}`);
      expect(page).toContain('filters agent triage \xb7 times in Europe/Berlin');
      expect(page).toContain(`page ${i + 1}`);
    });
    expect(totals).toContain(`(of ${pages.length} \xb7 300 records)`);
    expect(pages[0]).toContain('Every entry lies under checkpoint 7.');
    expect(pages.at(-1)).toContain('End of the report: 300 records.');
  });

  it('shows hostile text inert: unseen characters by their names, no line of its own, no formula', async () => {
    const hostile = 'ok\n#7  Record approved\u202egnp.exe\u202c\u{e0041}\u0007 漢';
    const made = await files(rowsOf(1, (i) => ({ cells: ['=1+1', '\t@x', hostile, '-2'], line: row(i).line })));
    const [page] = drawn(made.pdf).pages;
    expect(page).not.toMatch(/^#7/m);
    expect(page!.replaceAll('\n', ' ')).toContain('ok [new line] #7');
    for (const name of [/\[U\+202E\]/, /\[TAG .A.\]/, /\[U\+0007\]/, /\[U\+6F22\]/]) expect(page).toMatch(name);
    expect(page).toContain('agent triage [U+202E]=1+1');
    const csv = made.csv.toString();
    expect(csv).toContain(`"'=1+1","'\t@x","ok\n#7  Record approved[U+202E]gnp.exe`.replace("'\t@x", "'\t'@x"));
    expect(csv).toContain(`"'-2"`);
  });

  it('draws the beginning of a text that has no room, and says so', async () => {
    const { pages } = drawn((await files(rowsOf(1, (i) => row(i, 'long '.repeat(20_000))))).pdf);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toContain('1 text ends in \x85 for want of room');
  });

  it('is the same file whenever it is made of the same rows', async () => {
    const [one, two] = [await files(rowsOf(200, row)), await files(rowsOf(200, row))];
    expect(one.pdf.equals(two.pdf)).toBe(true);
  });

  it('of no rows says that there are none', async () => {
    const made = await files(rowsOf(0, row));
    expect(made.jsonl).toHaveLength(0);
    expect(made.csv.toString()).toBe('\ufeff"No.","Happened","What","Subject"\r\n');
    expect(drawn(made.pdf).totals).toContain('of 1 \xb7 0 records');
  });

  it('of 200,000 rows takes no more memory than one of 20,000', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const samples: { heap: number; outside: number }[] = [];
    const sample = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      samples.push({ heap: heapUsed, outside: external });
    };
    let bytes = 0;
    const writers = new PieceWriter(async (_, piece) => {
      bytes += piece.length;
    });
    const waiting: Promise<void>[] = [];
    const count = await make(
      rowsOf(200_000, (i) => row(i, `lookup ${i} of a patient's file with a text of some length`)),
      (_, chunk) => {
        waiting.push(writers.write(chunk));
        if (waiting.length > 8) waiting.length = 0;
      },
      { onProgress: (done) => void (done % 10_000 === 0 && sample()) },
    );
    expect(count).toBe(200_000);
    expect(bytes).toBeGreaterThan(30_000_000);
    const least = (of: typeof samples) => Math.min(...of.map(({ heap }) => heap));
    // What grows is the place of each page in the PDF, some hundred bytes of a page; 180,000 rows of this table are 3,300 pages.
    expect(least(samples.slice(-5)) - least(samples.slice(0, 5))).toBeLessThan(1_500_000);
    // Bytes that are on their way into a file: of neither of them more than a few pieces.
    expect(Math.max(...samples.map(({ outside }) => outside))).toBeLessThan(64_000_000);
  }, 300_000);
});

describe('pieces', () => {
  it('are the file, whatever is written at a time, each no larger than the database takes', async () => {
    const pieces: Buffer[] = [];
    const writer = new PieceWriter(async (ordinal, piece) => {
      expect(ordinal).toBe(pieces.length);
      pieces.push(Buffer.from(piece));
    });
    const all: Buffer[] = [];
    for (const size of [0, 1, 700_000, 3, 2_000_000, 524_288, 17]) {
      const chunk = Buffer.alloc(size, size % 251);
      all.push(chunk);
      await writer.write(chunk);
    }
    const digest = await writer.end();
    const whole = Buffer.concat(all);
    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
    expect(digest.equals(createHash('sha256').update(whole).digest())).toBe(true);
    expect(writer.bytes).toBe(whole.length);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1_048_576);
  });
});
