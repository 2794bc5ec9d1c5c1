import { describe, expect, it } from 'vitest';
import type { ArchiveRunDto } from '@/lib/schema/archive';
import { absentWords, archivedWords, keptInWords } from '@/lib/schema/archived-words';
import { lockWords, partDone, rateOf, reasonOf, runStateWords, runWords, segmentWords } from './archive-words';
import { bySegment } from './archived-record';

const run = (over: Partial<ArchiveRunDto>): ArchiveRunDto => ({
  id: '01890000-0000-7000-8000-000000000002',
  kind: 'archive',
  triggered_by: 'person',
  requested_by: 'o@example.com',
  requested_at: '2026-11-20T17:03:11.000Z',
  started_at: '2026-11-20T17:03:12.000Z',
  scope: {},
  store: null,
  state: 'running',
  progress: { done: 1_500, total: 4_001 },
  segments: 1,
  records: '1000',
  bytes: '0',
  pruned: '500',
  held: '0',
  altered: '0',
  outcome: null,
  finished_at: null,
  ...over,
});

describe('a run', () => {
  it('is named by what was asked', () => {
    expect(runWords(run({}))).toBe('Archival of all that is due');
    expect(runWords(run({ scope: { policy: 'soc2' } }))).toBe('Archival under soc2');
    expect(runWords(run({ kind: 'restore', scope: { from: '1042', to: '48210', reason: 'x' } }))).toBe('Restore of #1,042 to #48,210');
    expect(runWords(run({ kind: 'restore', scope: { from: '7', to: '7' } }))).toBe('Restore of #7');
    expect(reasonOf(run({ scope: { reason: 'Asked for' } }))).toBe('Asked for');
    expect(reasonOf(run({ scope: null }))).toBeNull();
  });

  it('says how far it is: copies and what has gone are two steps of each record', () => {
    expect(runStateWords(run({}))).toEqual({
      tone: 'waiting',
      words: '1,000 of about 2,001 records copied and checked, 500 taken out of the database',
    });
    expect(partDone(run({}))).toBeCloseTo(1_500 / 4_001);
    expect(partDone(run({ progress: { done: 0, total: 0 } }))).toBeNull();
    expect(partDone(run({ progress: { done: 9, total: 8 } }))).toBe(1);
    const later = Date.parse('2026-11-20T17:03:17.000Z');
    expect(rateOf(run({}), later)).toBe(150);
    expect(rateOf(run({ kind: 'restore' }), later)).toBe(300);
    expect(rateOf(run({ started_at: null }), later)).toBeNull();
    expect(runStateWords(run({ kind: 'restore', progress: { done: 1, total: null } })).words).toBe('1 record put back so far');
  });

  it('that ended says what came of it, whatever that was', () => {
    expect(runStateWords(run({ state: 'failed', outcome: 'The bucket has no Object Lock.' }))).toEqual({
      tone: 'attention',
      words: 'The bucket has no Object Lock.',
    });
    expect(runStateWords(run({ state: 'cancelled' })).tone).toBe('pending');
    expect(runStateWords(run({ state: 'done', outcome: 'Six.' }))).toEqual({ tone: 'verified', words: 'Six.' });
  });
});

describe('an object', () => {
  it('is never said to be locked where it is not', () => {
    const until = '2032-11-20T00:00:00.000Z';
    expect(lockWords({ lock_mode: 'NONE', locked_until: until }, 'UTC')).toEqual({ mode: 'No lock', until: null });
    expect(lockWords({ lock_mode: null, locked_until: null }, 'UTC')).toEqual({ mode: 'Not known yet', until: null });
    expect(lockWords({ lock_mode: 'COMPLIANCE', locked_until: until }, 'UTC')).toEqual({
      mode: 'Compliance',
      until: '2032-11-20 00:00 UTC',
    });
    expect(lockWords({ lock_mode: 'GOVERNANCE', locked_until: until }, 'UTC').mode).toBe('GOVERNANCE');
  });

  it('tells its records in the archive alone from those that are here too', () => {
    expect(segmentWords({ state: 'pruned', rows: 9, pruned_rows: 9, removed_at: null }).words).toBe('In the archive alone');
    expect(segmentWords({ state: 'confirmed', rows: 9, pruned_rows: 5, removed_at: null }).words).toBe(
      '5 of 9 records are in the archive alone',
    );
    expect(segmentWords({ state: 'confirmed', rows: 9, pruned_rows: 0, removed_at: null }).words).toBe('Confirmed; records are here too');
    expect(segmentWords({ state: 'pruned', rows: 9, pruned_rows: 9, removed_at: '2033-01-01T00:00:00.000Z' }).words).toMatch(/^Deleted/);
  });
});

describe('an archived record', () => {
  const archived = {
    segment: '1204',
    store: 's3' as const,
    archived_at: '2026-11-20T17:03:11.000Z',
    retain_until: '2032-11-20T00:00:00.000Z',
    lock_mode: 'COMPLIANCE',
    locked_until: '2032-11-20T00:00:00.000Z',
    say: 'Archived.',
  };

  it('is said to be verified only where it was, and the ways of its absence are told apart', () => {
    const states = ['verified', 'not_fetched', 'unreachable', 'contradicted'] as const;
    const said = states.map((state) => archivedWords({ state }).words);
    expect(new Set(said).size).toBe(4);
    expect(said.filter((words) => words.includes('verified'))).toHaveLength(1);
    expect(archivedWords({ state: 'verified', kept: true }).words).toBe('archived, verified on fetch, kept in memory since');
    expect(archivedWords({ state: 'contradicted' }).tone).toBe('broken');
    expect(archivedWords({ state: 'unreachable' }).tone).toBe('attention');
    const absent = [{}, ...states.map((state) => ({ archived: { ...archived, state } }))].map((entry) =>
      JSON.stringify(absentWords(entry)),
    );
    expect(new Set(absent).size).toBe(5);
    expect(absentWords({})).toEqual({ action: 'Missing or unreadable', what: null });
    expect(absentWords({ archived: { ...archived, state: 'not_fetched' } }).what).toBe('in segment 1,204; fetched when it is opened');
  });

  it('counts under its segment, apart from those of it that were found otherwise', () => {
    const of = (segment: string, state: 'verified' | 'contradicted') => ({ archived: { ...archived, segment, state } });
    const lines = bySegment([of('1', 'verified'), {}, of('2', 'verified'), of('1', 'verified'), of('1', 'contradicted')]);
    expect(lines.map(({ archived: { segment, state }, records }) => [segment, state, records])).toEqual([
      ['1', 'verified', 2],
      ['2', 'verified', 1],
      ['1', 'contradicted', 1],
    ]);
  });

  it('makes a conversation one that is kept in the archive, or in part', () => {
    const talk = (archived: number) => keptInWords({ record_count: 3, archived });
    expect([talk(0), talk(2), talk(3)]).toEqual(['Database', 'Archive in part', 'Archive']);
  });
});
