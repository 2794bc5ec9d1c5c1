import { expect, it } from 'vitest';
import { readPosition } from './run-form';

it('reads a position as people write it, beyond 2^53 too', () => {
  expect(readPosition(' #1,042 ')).toBe('1042');
  expect(readPosition('9007199254740993')).toBe('9007199254740993');
  expect(readPosition('007')).toBe('7');
});
it('takes nothing else for a position', () => {
  for (const text of ['', '-1', '1.5', 'abc', '1e3', '12345678901234567890']) expect(readPosition(text)).toBeNull();
});
