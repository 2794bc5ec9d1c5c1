import { expect, it } from 'vitest';
import { readRange } from './range-export';

it('takes a range that lies in the ledger, as people write it', () => {
  expect(readRange('#1,042', '2000', '48210')).toEqual({ kind: 'range', from: '1042', to: '2000' });
  expect(readRange('0', '0', '0')).toEqual({ kind: 'range', from: '0', to: '0' });
});
it('takes none that is turned round, reaches past the newest record, or is no number', () => {
  for (const [from, to] of [
    ['5', '4'],
    ['0', '48211'],
    ['', '5'],
    ['a', '5'],
  ] as const)
    expect(readRange(from, to, '48210'), `${from} ${to}`).toBeNull();
});
