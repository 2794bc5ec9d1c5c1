import 'server-only';
import type * as z from 'zod/mini';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { Permission } from '@/lib/policy/permissions';
import { RefusalError } from '@/lib/schema/errors';
import { readWholeFilter } from '@/lib/schema/filters';

/** One row: what the screen says in each of its columns (null where it says that there is nothing), and the row whole, as one line of JSON with its end. */
export interface ReportRow {
  cells: (string | null)[];
  line: Buffer;
}

/** What a report is made of. */
export interface ReportAsk {
  ledger: LedgerRow;
  /** Canonical; see {@link ReportSource.read}. */
  query: string;
  /** Ids of the columns, in the source's order. */
  columns: readonly string[];
  /** IANA name. */
  zone: string;
  /** Last position when it was asked for, null for an empty ledger: what came later is not in it. */
  head: bigint | null;
  /** When it was asked for. */
  at: Date;
  signal: AbortSignal;
}

export interface ReportColumn<Row> {
  id: string;
  /** As the screen heads it. */
  label: string;
  /** Its share of a line on paper. */
  width: number;
  /** Not shown until somebody chooses it. */
  extra?: true;
  text: (row: Row, zone: string) => string | null;
}

/**
 * A kind of report. To add one: its title and nouns in lib/schema/reports.ts, a file of its own here that ends in {@link defineSource}, and its line in
 * report-kinds.ts, where the compiler asks for it.
 */
export interface ReportSource {
  /** Needed beside `reports.export`. */
  permission: Permission;
  /** Whatever ledger is open: this one is about the access ledger. */
  access?: true;
  columns: readonly Omit<ReportColumn<never>, 'text'>[];
  /** In which order the rows stand. */
  order: string;
  /** @returns the one way to write the query, and what it narrows the list to. @throws RefusalError format */
  read: (query: string) => { canonical: string; filters: [name: string, value: string][] };
  /** Figures for the first page, after the rows were read as before. */
  facts?: (ask: ReportAsk) => Promise<[name: string, value: string][]>;
  /** What of it is not as somebody who reads it would think: on the first page, at the end, and in the about file. Asked after the count, and again after the rows. */
  caveats?: (ask: ReportAsk) => string[];
  /** How many rows there will be, as far as that can be told beforehand. */
  count: (ask: ReportAsk) => Promise<number>;
  /** All of them, in their order, some at a time: never more in memory than one page. */
  rows: (ask: ReportAsk) => AsyncGenerator<ReportRow[]>;
}

interface Definition<Row> extends Omit<ReportSource, 'columns' | 'rows' | 'read'> {
  /** The list's own filters. A query with anything else in it is refused. */
  filter: z.ZodMiniObject;
  /** What no report is narrowed by. @throws RefusalError */
  refuse?: (value: Record<string, unknown>) => void;
  columns: readonly ReportColumn<Row>[];
  pages: (ask: ReportAsk) => AsyncGenerator<Row[]>;
  line: (row: Row, ask: ReportAsk) => Buffer | object;
}

const WHY = { unknown: 'is not known', repeated: 'is there twice', value: 'has a value that it cannot have' } as const;

export function defineSource<Row>({ filter, refuse, columns, pages, line, ...rest }: Definition<Row>): ReportSource {
  return {
    ...rest,
    columns,
    read(query) {
      const read = readWholeFilter(filter, new URLSearchParams(query));
      if (!read.ok) throw new RefusalError('format', `The filter "${read.member.slice(0, 64)}" ${WHY[read.why]}.`, '/query');
      refuse?.(read.value);
      return { canonical: read.query, filters: [...new URLSearchParams(read.query)] };
    },
    async *rows(ask) {
      const chosen = columns.filter(({ id }) => ask.columns.includes(id));
      for await (const page of pages(ask)) {
        yield page.map((row) => {
          const whole = line(row, ask);
          return {
            cells: chosen.map((column) => column.text(row, ask.zone)),
            line: Buffer.isBuffer(whole) ? whole : Buffer.from(`${JSON.stringify(whole)}\n`),
          };
        });
      }
    },
  };
}

/**
 * The columns that a report has, in the list's order: those that were chosen, or else those that a list shows by itself.
 * @throws RefusalError format for one that there is not
 */
export function chooseColumns(source: ReportSource, chosen: readonly string[]): string[] {
  const unknown = chosen.find((id) => !source.columns.some((column) => column.id === id));
  if (unknown !== undefined) throw new RefusalError('format', `There is no column "${unknown}" in this list.`, '/columns');
  return source.columns.filter(({ id, extra }) => (chosen.length === 0 ? extra !== true : chosen.includes(id))).map(({ id }) => id);
}
