import { expect, it } from 'vitest';
import type { ReportDto } from '@/lib/schema/reports';
import { listQuery, reportWords, stateWords } from './report-words';

const report = (part: Partial<ReportDto>): ReportDto =>
  ({ kind: 'records', query: '', state: 'done', rows: 1, progress_done: 0, progress_total: null, error: null, ...part }) as ReportDto;

it('says what a report is of', () => {
  expect(reportWords('records', '')).toBe('Records');
  expect(reportWords('records', 'agent=triage&resource_type=chart')).toBe('Records where agent triage, resource type chart');
  expect(reportWords('integrity_month', 'month=2026-10')).toBe('Integrity, 2026-10');
});

it('says how far it has come, and how many rows it has in the words of its list', () => {
  expect(stateWords(report({ state: 'running' })).words).toBe('Counting');
  expect(stateWords(report({ state: 'running', progress_done: 1200, progress_total: 48_210 })).words).toBe('1,200 of 48,210 records');
  expect(stateWords(report({ rows: 1 })).words).toBe('Ready: 1 record');
  expect(stateWords(report({ kind: 'access_log', rows: 2 })).words).toBe('Ready: 2 entries');
  expect(stateWords(report({ state: 'failed', error: 'The database could not be reached.' })).words).toBe(
    'Failed: The database could not be reached.',
  );
});

it('exports the filters of the list, whatever page of it is open and whatever else stands in the address', () => {
  const params = new URLSearchParams('subject=P-1&older=100&agent=a%26b&peek=x&cols=seq&ledger=clinic&outcome=');
  expect(listQuery(['agent', 'subject', 'outcome'], params)).toBe('agent=a%26b&subject=P-1');
});
