import 'server-only';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { findPositionAt } from '@/lib/ledger/find-position-at';
import type { Between } from '@/lib/ledger/read-month';
import type { ReportAsk } from './report-source';

/** A calendar month in UTC, up to the moment in which the report was asked for where the month has not ended. */
export interface MonthSpan extends Between {
  month: string;
  /** The month went on when the report was asked for. */
  unfinished: boolean;
}

export function monthOf(ask: Pick<ReportAsk, 'query' | 'at'>): MonthSpan {
  const month = new URLSearchParams(ask.query).get('month')!;
  const [year, number] = month.split('-').map(Number) as [number, number];
  const end = new Date(Date.UTC(year, number, 1));
  const unfinished = end > ask.at;
  return { month, from: new Date(Date.UTC(year, number - 1, 1)), before: unfinished ? new Date(ask.at.getTime() + 1) : end, unfinished };
}

/** The last positions that the server had received before the month and at its end; null for none. By the server's clock, which never goes back along the chain. */
export async function positionsOf(
  { ledger }: ReportAsk,
  { from, before }: Between,
): Promise<{ first: bigint | null; last: bigint | null }> {
  const us = (at: Date) => BigInt(at.getTime()) * 1000n - 1n;
  return boundedRead(async (tx) => ({
    first: await findPositionAt(tx, ledger.id, us(from)),
    last: await findPositionAt(tx, ledger.id, us(before)),
  }));
}
