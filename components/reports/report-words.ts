import { countOf, formatCount } from '@/components/ui/format-count';
import { REPORTS, type ReportDto, type ReportFile, type ReportKind } from '@/lib/schema/reports';

type Tone = 'verified' | 'attention' | 'pending' | 'waiting';

/** What a report is of, in words; may hold logged text. */
export function reportWords(kind: ReportKind, query: string): string {
  const filters = [...new URLSearchParams(query)];
  const { title } = REPORTS[kind];
  const month = kind.endsWith('_month') ? filters.find(([name]) => name === 'month')?.[1] : undefined;
  if (month !== undefined) return `${title.replace(' of a month', '')}, ${month}`;
  if (filters.length === 0) return title;
  return `${title} where ${filters.map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`).join(', ')}`;
}

export function rowsWords(kind: ReportKind, count: number): string {
  return countOf(count, REPORTS[kind].one, REPORTS[kind].many);
}

/** A report in a sentence. */
export function stateWords(made: ReportDto): { tone: Tone; words: string } {
  switch (made.state) {
    case 'queued':
      return { tone: 'waiting', words: 'Waiting to start' };
    case 'running':
      return {
        tone: 'waiting',
        words:
          made.progress_total === null ? 'Counting' : `${formatCount(made.progress_done)} of ${rowsWords(made.kind, made.progress_total)}`,
      };
    case 'done':
      return { tone: 'verified', words: `Ready: ${rowsWords(made.kind, made.rows ?? 0)}` };
    case 'cancelled':
      return { tone: 'pending', words: 'Cancelled' };
    case 'expired':
      return { tone: 'pending', words: `No longer kept: ${rowsWords(made.kind, made.rows ?? 0)}` };
    case 'failed':
      return { tone: 'attention', words: `Failed: ${made.error ?? 'no reason was kept'}` };
  }
}

export function isReportOver(made: Pick<ReportDto, 'state'>): boolean {
  return made.state !== 'queued' && made.state !== 'running';
}

export const FILE_WORDS: Record<ReportFile, string> = { csv: 'CSV', jsonl: 'JSONL', pdf: 'PDF', about: 'About' };

/** The members of a list's address that its filters know, in one order: what is exported is what the list shows, all pages of it. */
export function listQuery(members: readonly string[], params: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of [...members].sort()) {
    const value = params.get(name);
    if (value !== null && value !== '') kept.set(name, value);
  }
  return kept.toString();
}
