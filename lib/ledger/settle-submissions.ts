import 'server-only';
import type { AppendResult } from './append-batch';
import type { PreparedRecord } from './prepare-record';

/** What one caller gave to append; several travel in one batch. */
export interface Submission {
  /** When it came, in milliseconds. */
  since: number;
  /** What was asked for. */
  asked: readonly PreparedRecord[];
  /** The same, each followed by what is derived from it. */
  records: readonly PreparedRecord[];
  /** All of them or none: a conflict of one keeps the others from being stored. */
  atomic: boolean;
  resolve(results: AppendResult[]): void;
  reject(error: unknown): void;
}

/** Each record with what is derived from it behind it. */
export function withDerived(records: readonly PreparedRecord[]): readonly PreparedRecord[] {
  return records.some((record) => record.derived) ? records.flatMap((record) => [record, ...(record.derived ?? [])]) : records;
}

/**
 * A record and what is derived from it are stored together or not at all: one whose derived record cannot be stored, because another has taken its id, is a conflict
 * itself. (Of one that is known already nothing is derived anew, whatever the registry says by now: `distinct` asks for none of it.)
 */
export function settleDerived(submission: Submission, settled: Map<PreparedRecord, AppendResult>): void {
  for (const record of submission.records) {
    if (record.cause && !settled.has(record.cause) && settled.get(record)?.kind === 'conflict')
      settled.set(record.cause, { kind: 'conflict' });
  }
}

/** Distinct unsettled records by id, and those that repeat one of them: the database is asked once. Settles what cannot be asked. */
export function distinct(submissions: readonly Submission[], settled: Map<PreparedRecord, AppendResult>) {
  const records: PreparedRecord[] = [];
  const twins: [PreparedRecord, PreparedRecord][] = [];
  const seen = new Map<string, PreparedRecord>();
  for (const submission of submissions) {
    for (const record of submission.records) {
      if (settled.has(record)) continue;
      // What is derived goes with its cause: of one that repeats another's id nothing is asked.
      if (record.cause && seen.get(record.cause.id) !== record.cause) continue;
      const first = seen.get(record.id);
      if (first) twins.push([record, first]);
      else if (record.derived?.some(({ id }) => seen.has(id))) settled.set(record, { kind: 'conflict' });
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
  return submission.asked.some((record) => settled.get(record)?.kind === 'conflict');
}
