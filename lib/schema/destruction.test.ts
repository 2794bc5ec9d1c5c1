import { describe, expect, it } from 'vitest';
import { DestructionScope } from './destruction';

const range = (from: unknown, to: unknown) => DestructionScope.safeParse({ kind: 'range', from, to }).success;

describe('a range of positions', () => {
  it('is two numbers in order, compared as numbers', () => {
    expect(range('0', '0')).toBe(true);
    expect(range('9', '10')).toBe(true);
    expect(range('10', '9')).toBe(false);
  });

  it('is refused, and nothing thrown, where an end is no number', () => {
    for (const [from, to] of [
      ['1e3', '2e3'],
      ['', '1'],
      ['0', '1.5'],
      ['-1', '1'],
      [0, 1],
      ['0', '99999999999999999999'],
    ])
      expect(range(from, to)).toBe(false);
  });
});
