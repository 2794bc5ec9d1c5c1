import 'server-only';
import type { AppendResult } from './append-batch';
import type { PreparedRecord } from './prepare-record';

/** What one caller gave to append; several travel in one batch. */
export interface Submission {
  /** When it came, in milliseconds. */
  since: number;
  records: readonly PreparedRecord[];
  /** All of them or none: a conflict of one keeps the others from being stored. */
  atomic: boolean;
  resolve(results: AppendResult[]): void;
  reject(error: unknown): void;
}

/** Distinct unsettled records by id, and those that repeat one of them: the database is asked once. */
export function distinct(submissions: readonly Submission[], settled: ReadonlyMap<PreparedRecord, AppendResult>) {
  const records: PreparedRecord[] = [];
  const twins: [PreparedRecord, PreparedRecord][] = [];
  const seen = new Map<string, PreparedRecord>();
  for (const submission of submissions) {
    for (const record of submission.records) {
      if (settled.has(record)) continue;
      const first = seen.get(record.id);
      if (first) twins.push([record, first]);
      else {
        seen.set(record.id, record);
        records.push(record);
      }
    }
  }
  return { records, twins };
}

export function judgeTwin(twin: PreparedRecord, first: PreparedRecord, result: AppendResult): AppendResult {
  if (result.kind === 'conflict' || result.kind === 'not_stored') return result;
  return first.submitted.equals(twin.submitted) ? { ...result, kind: 'duplicate' } : { kind: 'conflict' };
}

/** An atomic submission with a conflict is settled as a whole: its records that are new stay unstored. */
export function refuseWhole(submission: Submission, settled: Map<PreparedRecord, AppendResult>): boolean {
  return submission.records.some((record) => settled.get(record)?.kind === 'conflict');
}
