import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUuid } from './uuid';

it('takes every UUID in either case, and nothing that a database would refuse as one', () => {
  fc.assert(fc.property(fc.uuid(), (id) => isUuid(id) && isUuid(id.toUpperCase())));
  for (const other of [
    '',
    '-'.repeat(36),
    '0'.repeat(36),
    `${'0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b'} `,
    '0193a1b27c3d7e4f8a5b6c7d8e9f0a1b',
    "' OR 1=1",
  ])
    expect(isUuid(other)).toBe(false);
});
