import { describe, expect, test } from 'vitest';
import { parseRetryAfter, retryDelay } from './retry-delay';
import { createUuidV7 } from './uuid-v7';

const bounds = { baseMs: 100, capMs: 1_000 };

describe('retryDelay', () => {
  test('full jitter: anywhere between nothing and the doubled, capped base', () => {
    expect(retryDelay(0, null, bounds, () => 0)).toBe(0);
    expect(retryDelay(0, null, bounds, () => 0.999)).toBeCloseTo(99.9);
    expect(retryDelay(2, null, bounds, () => 0.5)).toBe(200);
    expect(retryDelay(60, null, bounds, () => 0.999)).toBeCloseTo(999);
  });

  test('never earlier than Retry-After asks', () => {
    expect(retryDelay(0, 3_000, bounds, () => 0)).toBe(3_000);
    expect(retryDelay(9, 3_000, bounds, () => 0.999)).toBeLessThan(3_101);
  });

  test('Retry-After is seconds or a date', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    expect(parseRetryAfter('2', now)).toBe(2_000);
    expect(parseRetryAfter('Sun, 01 Mar 2026 12:00:05 GMT', now)).toBe(5_000);
    expect(parseRetryAfter('Sun, 01 Mar 2026 11:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeNull();
    expect(parseRetryAfter(null, now)).toBeNull();
  });
});

describe('createUuidV7', () => {
  test('ids ascend, also within one millisecond and when the clock goes back, and are never made twice', () => {
    let time = 1_700_000_000_000;
    const next = createUuidV7(() => time);
    const ids: string[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      if (index === 5_000) time -= 5_000;
      ids.push(next());
    }
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });
});
