import { expect, it } from 'vitest';
import { countOf, formatCount, formatTotal } from './format-count';

it('groups digits of numbers that a double does not hold', () => {
  expect(formatCount('9223372036854775807')).toBe('9,223,372,036,854,775,807');
  expect(formatCount(999)).toBe('999');
  expect(formatCount(48210)).toBe('48,210');
});
it('says + where counting stopped and only there', () => {
  expect(formatTotal({ count: 10_000, exact: false })).toBe('10,000+');
  expect(formatTotal({ count: 10_000, exact: true })).toBe('10,000');
});
it('uses the singular for one', () => {
  expect(countOf(1, 'record', 'records')).toBe('1 record');
  expect(countOf('0', 'record', 'records')).toBe('0 records');
});
