import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastBoundary, overdueSince, planRun, type ScheduleFacts } from './plan-run';

const at = (time: string) => new Date(`2026-11-20T${time}:00Z`);
const facts = (over: Partial<ScheduleFacts> = {}): ScheduleFacts => ({
  now: at('12:00'),
  everyMinutes: 15,
  wholeAt: '02:00',
  ledgerMade: new Date('2026-11-01T00:00:00Z'),
  head: 500n,
  verifiedTo: 400n,
  waitingSince: at('11:50'),
  wholeAskedAt: at('02:00'),
  askedAt: at('11:44'),
  wholeAttemptAt: at('02:00'),
  open: false,
  ...over,
});

describe('a schedule', () => {
  it('asks for what is new since the last verified entry, that entry with it, once an interval', () => {
    expect(planRun(facts())).toEqual({ kind: 'range', from: 400n, to: 500n });
    expect(planRun(facts({ askedAt: at('11:46') }))).toBeNull();
    expect(planRun(facts({ askedAt: at('11:45') }))).not.toBeNull();
    expect(planRun(facts({ open: true }))).toBeNull();
    expect(planRun(facts({ verifiedTo: 500n, waitingSince: null }))).toBeNull();
  });

  it('asks for the whole once a day, also where the hour passed while nothing ran', () => {
    expect(planRun(facts({ wholeAskedAt: new Date('2026-11-19T02:00:00Z'), wholeAttemptAt: null }))).toEqual({ kind: 'ledger' });
    expect(planRun(facts({ wholeAskedAt: at('01:59'), wholeAttemptAt: at('01:59') }))).toEqual({ kind: 'ledger' });
    // One that failed is tried again after an interval.
    expect(planRun(facts({ wholeAskedAt: at('01:59'), wholeAttemptAt: at('11:50') }))).toEqual({ kind: 'range', from: 400n, to: 500n });
    // A ledger of this morning waits for its first night.
    expect(planRun(facts({ ledgerMade: at('09:00'), wholeAskedAt: null, verifiedTo: null, askedAt: at('11:59') }))).toBeNull();
    expect(planRun(facts({ ledgerMade: at('09:00'), wholeAskedAt: null, verifiedTo: null, askedAt: null }))).toEqual({ kind: 'ledger' });
  });

  it('asks for the whole where the ledger ends before what was verified', () => {
    expect(planRun(facts({ head: 399n, waitingSince: null }))).toEqual({ kind: 'ledger' });
    expect(planRun(facts({ head: null, waitingSince: null }))).toEqual({ kind: 'ledger' });
    expect(planRun(facts({ head: null, verifiedTo: null, waitingSince: null }))).toBeNull();
  });

  it('is overdue when entries have waited twice the interval, or the whole for two days', () => {
    const since = at('10:00');
    expect(overdueSince(facts(), since)).toBeNull();
    expect(overdueSince(facts({ waitingSince: at('11:29') }), since)).toEqual({ what: 'new', since: at('11:29') });
    expect(overdueSince(facts({ waitingSince: at('11:29') }), at('11:50'))).toBeNull();
    expect(overdueSince(facts({ wholeAskedAt: new Date('2026-11-18T11:59:00Z') }), since)).toMatchObject({ what: 'whole' });
    expect(overdueSince(facts({ wholeAskedAt: new Date('2026-11-18T12:01:00Z') }), since)).toBeNull();
    expect(overdueSince(facts({ head: null, waitingSince: null, wholeAskedAt: null }), since)).toBeNull();
  });

  it('knows the last time of day at any moment: not in the future, and less than a day ago', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 1439 }),
        (now, minute) => {
          const text = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
          const found = lastBoundary(now, text);
          expect(found.getTime()).toBeLessThanOrEqual(now.getTime());
          expect(now.getTime() - found.getTime()).toBeLessThan(86_400_000);
          expect(found.toISOString().slice(11, 16)).toBe(text);
        },
      ),
    );
  });
});
