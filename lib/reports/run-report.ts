import 'server-only';
import { randomUUID } from 'node:crypto';
import { SYSTEM } from '@/lib/access-log/access-entry';
import { appendAccess } from '@/lib/access-log/append-access';
import { pool, prisma } from '@/lib/db';
import type { RunningJob, Task } from '@/lib/jobs/run-job';
import { awaitCheckpoint } from '@/lib/ledger/await-checkpoint';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { readIntegrityLine } from '@/lib/ledger/read-verifications';
import { REPORTS, type ReportFile, type ReportFormat, type ReportKind } from '@/lib/schema/reports';
import { PieceWriter } from './keep-pieces';
import { KEPT_DAYS } from './kept-days';
import { REPORT_SOURCES } from './report-kinds';
import type { ReportAsk } from './report-source';
import { nameFiles, sayClosing, sayFacts, sayFilters, sayFoot, sayIntegrity, sayRows, type Told } from './say-report';
import { writeReport } from './write-report';

/** The kind of job; lib/server gives the worker its task. */
export const REPORT = 'report';

const EXTENSIONS: Record<ReportFile, string> = { csv: 'csv', jsonl: 'jsonl', pdf: 'pdf', about: 'about.json' };

interface Asked {
  kind: ReportKind;
  query: string;
  columns: string[];
  formats: ReportFormat[];
  zone: string;
  head: string | null;
  requested_by: string;
  requested_at: Date;
}
interface MadeFile {
  format: ReportFile;
  name: string;
  bytes: number;
  sha256: Buffer;
}

/**
 * The task of a report: all its files in pieces, kept for a week. One that is tried again begins anew, with pieces of its own. That it was made, and the SHA-256 of each
 * file, is an entry of the access ledger before anybody can take it: whoever holds a file years later finds there whether it is the one.
 */
export const runReport: Task = (job) => makeReport(job);

/** @param patienceMs how long it waits for a checkpoint that covers what it is of; see awaitCheckpoint */
export async function makeReport(job: RunningJob, patienceMs?: number): ReturnType<Task> {
  const db = pool('verification');
  const { rows } = await db.query<Asked>(
    'SELECT kind, query, columns, formats, zone, head, requested_by, requested_at FROM reports WHERE id = $1',
    [job.id],
  );
  const asked = rows[0]!;
  const ledger = (await listLedgers()).find(({ id }) => id === job.ledgerId)!;
  const source = REPORT_SOURCES[asked.kind];
  const { filters } = source.read(asked.query);
  const head = asked.head === null ? null : BigInt(asked.head);
  const ask: ReportAsk = {
    ledger,
    query: asked.query,
    columns: asked.columns,
    zone: asked.zone,
    head,
    at: asked.requested_at,
    signal: job.signal,
  };
  const attempt = randomUUID();
  await db.query('DELETE FROM report_pieces WHERE report_id = $1', [job.id]);

  const counted = await source.count(ask);
  job.progress(0, counted);
  const told: Told = {
    ledger,
    kind: asked.kind,
    filters,
    order: source.order,
    zone: asked.zone,
    head,
    requestedBy: asked.requested_by,
    requestedAt: asked.requested_at,
    checkpoint: await awaitCheckpoint(ledger.id, head === null ? 0n : head + 1n, job.signal, patienceMs),
    integrity: await readIntegrityLine(prisma(), ledger, head),
    counted,
  };
  const writer = (format: ReportFile) =>
    new PieceWriter(async (ordinal, piece) => {
      await db.query('INSERT INTO report_pieces (report_id, attempt, format, ordinal, bytes) VALUES ($1, $2, $3, $4, $5)', [
        job.id,
        attempt,
        format,
        ordinal,
        piece,
      ]);
    });
  const writers = { csv: writer('csv'), jsonl: writer('jsonl'), pdf: writer('pdf') };
  const columns = source.columns.filter(({ id }) => asked.columns.includes(id));
  const count = await writeReport({
    formats: asked.formats,
    labels: columns.map(({ label }) => label),
    head: {
      title: `${REPORTS[asked.kind].title} of ${ledger.name}`,
      facts: sayFacts(told, [
        ...((await source.facts?.(ask)) ?? []),
        ...(source.caveats?.(ask) ?? []).map((say): [string, string] => ['Not in it', say]),
      ]),
      statement: sayIntegrity(told),
      columns,
      foot: sayFoot(told),
      at: asked.requested_at,
    },
    rows: source.rows(ask),
    sayCount: (n) => sayRows(asked.kind, n),
    closing: (n) => sayClosing(told, n, source.caveats?.(ask)),
    sinks: {
      csv: (bytes) => writers.csv.write(bytes),
      jsonl: (bytes) => writers.jsonl.write(bytes),
      pdf: (bytes) => writers.pdf.write(bytes),
    },
    onProgress: (done) => job.progress(done, Math.max(done, counted)),
    signal: job.signal,
  });

  const base = nameFiles(told, job.id);
  const files: MadeFile[] = [];
  for (const format of asked.formats)
    files.push({ format, name: `${base}.${EXTENSIONS[format]}`, bytes: writers[format].bytes, sha256: await writers[format].end() });
  const about = writer('about');
  await about.write(aboutFile(told, columns, count, files, source.caveats?.(ask) ?? []));
  files.push({ format: 'about', name: `${base}.${EXTENSIONS.about}`, bytes: about.bytes, sha256: await about.end() });

  job.signal.throwIfAborted();
  await appendAccess(SYSTEM, ledger.slug, {
    action: 'export_created',
    screen: '/reports',
    resource: { type: 'report', id: job.id },
    details: {
      change: 'made',
      list: asked.kind,
      rows: count,
      sha256: files.map(({ format, sha256 }) => `${format} ${sha256.toString('hex')}`),
    },
  });
  job.progress(count, count);
  return async (client) => {
    await client.query(
      `UPDATE reports SET attempt = $2, rows = $3, checkpoint_number = $4, finished_at = clock_timestamp(), expires_at = clock_timestamp() + $5 * interval '1 day'
        WHERE id = $1`,
      [job.id, attempt, count, told.checkpoint?.number ?? null, KEPT_DAYS],
    );
    for (const { format, name, bytes, sha256 } of files)
      await client.query('INSERT INTO report_files (report_id, format, file_name, bytes, sha256) VALUES ($1, $2, $3, $4, $5)', [
        job.id,
        format,
        name,
        bytes,
        sha256,
      ]);
  };
}

/** What the other files are: a CSV has no room for it, and lines of JSON are rows alone. */
function aboutFile(
  told: Told,
  columns: readonly { id: string; label: string }[],
  count: number,
  files: readonly MadeFile[],
  caveats: readonly string[],
): Buffer {
  const { ledger, kind, filters, order, zone, head, requestedBy, requestedAt, checkpoint } = told;
  const about = {
    format: 'holdfast-report/1',
    kind,
    title: REPORTS[kind].title,
    ledger: { id: ledger.slug, name: ledger.name, origin: ledger.origin },
    filters: Object.fromEntries(filters),
    filters_in_words: sayFilters(filters),
    columns: columns.map(({ id, label }) => ({ id, label })),
    order,
    time_zone: zone,
    rows: count,
    // What of the list is not in it, or not whole.
    caveats,
    as_of: head === null ? null : String(head),
    requested_by: requestedBy,
    requested_at: requestedAt.toISOString(),
    checkpoint:
      checkpoint === null
        ? null
        : {
            number: checkpoint.number,
            size: checkpoint.size,
            root: checkpoint.root,
            signed_at: checkpoint.signed_at,
            note: checkpoint.note,
          },
    integrity: sayIntegrity(told),
    files: files.map(({ format, name, bytes, sha256 }) => ({ format, name, bytes, sha256: sha256.toString('hex') })),
  };
  return Buffer.from(`${JSON.stringify(about, null, 2)}\n`);
}

/** Deletes the bytes of reports whose week is over, of those that were cancelled or failed, and of attempts that another one outran; lines and hashes stay. */
export async function dropExpiredReports(): Promise<void> {
  await pool('verification').query(
    `DELETE FROM report_pieces p USING reports r JOIN jobs j ON j.id = r.id
      WHERE p.report_id = r.id AND (r.expires_at < clock_timestamp() OR j.state IN ('cancelled', 'failed') OR r.attempt <> p.attempt)`,
  );
}
