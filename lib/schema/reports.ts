import * as z from 'zod/mini';

/**
 * Reports: a list as a screen shows it, or what happened to a ledger in a month, as files to keep. Times RFC 3339 UTC, hashes lower-case hex, counts are rows.
 */

/** What there are reports of: lists under the name of their screen, and months. How each is made: lib/reports/report-kinds.ts. */
export const REPORTS = {
  records: { title: 'Records', one: 'record', many: 'records', path: '/records' },
  conversations: { title: 'Conversations', one: 'conversation', many: 'conversations', path: '/conversations' },
  access_log: { title: 'Access log', one: 'entry', many: 'entries', path: '/access-log' },
  verifications: { title: 'Verification runs', one: 'run', many: 'runs', path: '/integrity' },
  retention: { title: 'Retention', one: 'line', many: 'lines', path: '/retention' },
  holds: { title: 'Legal holds', one: 'hold', many: 'holds', path: '/holds' },
  archive_runs: { title: 'Archive runs', one: 'run', many: 'runs', path: '/retention/archive' },
  integrity_month: { title: 'Integrity of a month', one: 'event', many: 'events', path: null },
  retention_month: { title: 'Retention of a month', one: 'line', many: 'lines', path: null },
} as const satisfies Record<string, { title: string; one: string; many: string; path: string | null }>;
export type ReportKind = keyof typeof REPORTS;
export const REPORT_KINDS = Object.keys(REPORTS) as [ReportKind, ...ReportKind[]];

/** What somebody can ask for. With `csv` comes `jsonl`: a cell that a spreadsheet would carry out is changed in the one, and stands byte for byte in the other. */
export const REPORT_FORMATS = ['csv', 'jsonl', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
/** What there are files of: beside these `about`, which says what the others are, with their hashes. */
export const REPORT_FILES = ['csv', 'jsonl', 'pdf', 'about'] as const;
export type ReportFile = (typeof REPORT_FILES)[number];

export const REPORT_TYPES: Record<ReportFile, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson',
  pdf: 'application/pdf',
  about: 'application/json',
};

/** A calendar month in UTC. */
export const Month = z.string().check(z.regex(/^(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])$/));
export const MonthFilter = z.object({ month: Month });

const column = z.string().check(z.regex(/^[a-z_]{1,32}$/));
export const ReportBody = z.strictObject({
  kind: z.enum(REPORT_KINDS),
  /** The list's own query, without `?`; of a month `month=2026-11`. */
  query: z._default(z.string().check(z.maxLength(2000)), ''),
  /** The list's columns, in its own order; none: those that the list shows before anybody has chosen. */
  columns: z._default(z.array(column).check(z.maxLength(32)), []),
  formats: z.array(z.enum(REPORT_FORMATS)).check(z.minLength(1), z.maxLength(3)),
});
export type ReportWish = z.infer<typeof ReportBody>;

export const ReportAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  kind: z.enum(REPORT_KINDS),
  /** As it was understood: members in the order of their names. */
  query: z.string(),
  columns: z.array(z.string()),
  /** IANA name of the zone in which its times are written. */
  zone: z.string(),
  state: z.enum(['queued', 'running', 'done', 'cancelled', 'failed', 'expired']),
  progress_done: z.number(),
  progress_total: z.nullable(z.number()),
  rows: z.nullable(z.number()),
  /** Position of the last entry of the ledger when it was asked for; null for an empty ledger. */
  head: z.nullable(z.string()),
  /** The checkpoint that it names. */
  checkpoint: z.nullable(z.object({ number: z.string(), size: z.string(), root: z.string() })),
  files: z.array(z.object({ format: z.enum(REPORT_FILES), file_name: z.string(), bytes: z.number(), sha256: z.string() })),
  requested_by: z.string(),
  requested_at: z.string(),
  finished_at: z.nullable(z.string()),
  expires_at: z.nullable(z.string()),
  error: z.nullable(z.string()),
});
export type ReportDto = z.infer<typeof ReportAnswer>;
export const ReportPage = z.object({ rows: z.array(ReportAnswer), next_before: z.nullable(z.string()) });
