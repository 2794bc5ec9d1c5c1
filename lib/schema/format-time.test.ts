import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration, formatRelative, formatTime } from './format-time';

describe('absolute time', () => {
  it('prints the zone behind every time', () => {
    expect(formatTime('2026-11-20T17:03:11.123Z', 'UTC')).toBe('2026-11-20 17:03:11 UTC');
    expect(formatTime('2026-11-20T17:03:11.123Z', 'Europe/Berlin')).toBe('2026-11-20 18:03:11 UTC+01:00');
    expect(formatTime('2026-07-20T23:30:00Z', 'Asia/Kolkata')).toBe('2026-07-21 05:00:00 UTC+05:30');
  });
  it('tells apart the hour that a clock change repeats', () => {
    expect(formatTime('2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('2026-10-25 02:30:00 UTC+02:00');
    expect(formatTime('2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('2026-10-25 02:30:00 UTC+01:00');
  });
  it('keeps the digits that were stored, microseconds too', () => {
    expect(formatTime('2026-11-20T17:03:11.123456Z', 'UTC', 'millisecond')).toBe('2026-11-20 17:03:11.123456 UTC');
    expect(formatTime('2026-11-20T17:03:11Z', 'UTC', 'millisecond')).toBe('2026-11-20 17:03:11.000 UTC');
  });
  it('writes midnight as 00', () => {
    expect(formatTime('2026-11-20T00:00:00Z', 'UTC')).toBe('2026-11-20 00:00:00 UTC');
  });
  it('falls back to UTC for an unknown zone and shows a text that is no time as it is', () => {
    expect(formatTime('2026-11-20T17:03:11Z', 'Mars/Base')).toBe('2026-11-20 17:03:11 UTC');
    expect(formatTime('yesterday', 'UTC')).toBe('yesterday');
  });
});

describe('relative time', () => {
  const now = '2026-11-20T12:00:00Z';
  it('counts whole units that have passed', () => {
    expect(formatRelative('2026-11-20T11:59:58Z', now)).toBe('just now');
    expect(formatRelative('2026-11-20T11:59:20Z', now)).toBe('40 seconds ago');
    expect(formatRelative('2026-11-20T11:58:01Z', now)).toBe('1 minute ago');
    expect(formatRelative('2026-11-20T09:00:00Z', now)).toBe('3 hours ago');
    expect(formatRelative('2026-11-13T12:00:00Z', now)).toBe('7 days ago');
    expect(formatRelative('2026-08-01T12:00:00Z', now)).toBe('3 months ago');
    expect(formatRelative('2019-11-20T12:00:00Z', now)).toBe('7 years ago');
  });
  it('says when something lies ahead', () => {
    expect(formatRelative('2026-11-23T12:00:00Z', now)).toBe('in 3 days');
  });
});

describe('duration', () => {
  it('shows two units at most', () => {
    expect(formatDuration(850)).toBe('850 ms');
    expect(formatDuration(3400)).toBe('3.4 s');
    expect(formatDuration(200_000)).toBe('3 min 20 s');
    expect(formatDuration(3_840_000)).toBe('1 h 04 min');
  });
});

it('says an age with one unit, and nothing of the future', () => {
  const now = '2026-11-20T12:00:00Z';
  const ages = ['2026-11-20T11:59:20Z', '2026-11-20T11:57:01Z', '2026-11-19T12:30:00Z', '2026-11-01T12:00:00Z', '2026-11-20T12:00:09Z'];
  expect(ages.map((at) => formatAge(at, now))).toEqual(['40 s ago', '2 min ago', '23 h ago', '19 d ago', 'just now']);
});
