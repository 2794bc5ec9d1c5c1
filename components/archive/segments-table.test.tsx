import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { SegmentDto } from '@/lib/schema/archive';
import { SegmentsTable } from './segments-table';

const segment = (over: Partial<SegmentDto>): SegmentDto => ({
  number: '7',
  state: 'pruned',
  store: 's3',
  place: 's3://bucket',
  object: 'main/000000000007.jsonl.gz',
  version_id: 'v-1',
  first_seq: '100',
  last_seq: '199',
  rows: 100,
  pruned_rows: 100,
  bytes: 4_096,
  sha256: 'ab'.repeat(32),
  lock_mode: 'COMPLIANCE',
  locked_until: '2032-11-20T00:00:00.000Z',
  retain_until: '2032-11-20T00:00:00.000Z',
  keep_until: null,
  legal_hold: false,
  legal_hold_fault: null,
  planned_at: '2026-11-20T17:03:11.000Z',
  uploaded_at: '2026-11-20T17:03:12.000Z',
  confirmed_at: '2026-11-20T17:03:13.000Z',
  abandoned_at: null,
  abandoned_because: null,
  pruned_at: '2026-11-20T17:03:14.000Z',
  hot_until: null,
  removed_at: null,
  destroyed: [],
  destroyed_before: 0,
  ...over,
});
const markup = (over: Partial<SegmentDto>) => renderToStaticMarkup(<SegmentsTable segments={[segment(over)]} />);
const said = (over: Partial<SegmentDto>) => markup(over).replaceAll(/<[^>]*>/g, '');

it('one that was given up says when, why, and that nothing was taken away by it; of a lock it says nothing', () => {
  const givenUp = {
    state: 'abandoned' as const,
    abandoned_at: '2026-11-21T09:30:00.000Z',
    abandoned_because: 'New segments go to s3://<b>other</b>.',
    lock_mode: null,
    locked_until: null,
    pruned_rows: 0,
    confirmed_at: null,
  };
  expect(said(givenUp)).toContain('Given up before it was confirmed2026-11-21 09:30');
  expect(said(givenUp)).toContain(
    'New segments go to s3://&lt;b&gt;other&lt;/b&gt;. Nothing was taken away by it; its records go under another number.',
  );
  expect(said(givenUp)).not.toContain('Not known yet');
});

it('one that was deleted says when, and by which destructions, with a way to each', () => {
  const destroyed = [
    { id: 'id-3', number: 3, records: 99 },
    { id: 'id-4', number: 4, records: 1 },
  ];
  const removed = { removed_at: '2033-01-02T03:04:00.000Z', destroyed };
  expect(said(removed)).toContain('Deleted: every record in it was destroyed2033-01-02 03:04');
  expect(said(removed)).toContain('99 records by destruction #3, 1 record by destruction #4');
  expect(markup(removed)).toContain('href="/retention/destruction/id-4"');
});

it('one that is still there though some of its records were destroyed says how many', () => {
  const some = { destroyed: [{ id: 'id-3', number: 3, records: 12 }] };
  expect(said(some)).toContain('In the archive alone12 records destroyed by destruction #3');
  expect(said({})).not.toContain('destruction');
});
