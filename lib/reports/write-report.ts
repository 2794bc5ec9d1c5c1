import 'server-only';
import { inertText } from '@/lib/schema/inert-text';
import type { ReportFormat } from '@/lib/schema/reports';
import type { ReportRow } from './report-source';
import { CSV_MARK, csvLine } from './write-csv';
import { type PdfHead, PdfReport } from './write-pdf';

/** Takes the bytes of one file, in their order. */
export type Sink = (bytes: Buffer) => Promise<void>;

export interface ReportParts {
  formats: readonly ReportFormat[];
  labels: readonly string[];
  head: PdfHead;
  rows: AsyncIterable<ReportRow[]>;
  /** "12,480 records" */
  sayCount: (count: number) => string;
  /** What stands below the table: given how many rows were written. */
  closing: (count: number) => string[];
  sinks: Readonly<Record<ReportFormat, Sink>>;
  onProgress?: (done: number) => void;
  signal: AbortSignal;
}

/** Rows that are written before the process does other things. */
const STRETCH = 50;

/** Writes every row once, into all files at the same time: they hold the same rows whatever is added meanwhile. In memory is never more than a page of them. */
export async function writeReport({
  formats,
  labels,
  head,
  rows,
  sayCount,
  closing,
  sinks,
  onProgress,
  signal,
}: ReportParts): Promise<number> {
  const wants = (format: ReportFormat) => formats.includes(format);
  const pdf = wants('pdf') ? new PdfReport(head) : null;
  if (wants('csv')) await sinks.csv(Buffer.from(CSV_MARK + csvLine(labels)));
  let count = 0;
  for await (const page of rows) {
    for (let at = 0; at < page.length; at += STRETCH) {
      signal.throwIfAborted();
      const stretch = page.slice(at, at + STRETCH);
      if (wants('jsonl')) await sinks.jsonl(Buffer.concat(stretch.map(({ line }) => line)));
      if (wants('csv'))
        await sinks.csv(Buffer.from(stretch.map(({ cells }) => csvLine(cells.map((cell) => inertText(cell ?? '')))).join('')));
      if (pdf !== null) {
        for (const { cells } of stretch) pdf.row(cells);
        await turn();
        await sinks.pdf(pdf.take());
      }
      await turn();
      count += stretch.length;
      onProgress?.(count);
    }
  }
  if (pdf !== null) {
    await pdf.end(sayCount(count), [...closing(count), ...sayCuts(pdf.cuts)]);
    await sinks.pdf(pdf.take());
  }
  return count;
}

function sayCuts(cuts: number): string[] {
  if (cuts === 0) return [];
  return [
    `${cuts.toLocaleString('en')} ${cuts === 1 ? 'text ends' : 'texts end'} in … for want of room; the JSONL beside this file has each whole.`,
  ];
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
