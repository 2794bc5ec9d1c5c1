import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_PURPOSES } from '@/lib/policy/purposes';
import { readPurposes, writePurposes } from './purpose-lines';

it('reads back what it writes, the list that comes with the product and any other', () => {
  expect(readPurposes(writePurposes(DEFAULT_PURPOSES))).toEqual({ ok: true, purposes: [...DEFAULT_PURPOSES] });
  const purpose = fc.record({
    code: fc.stringMatching(/^[a-z][a-z0-9_]{0,39}$/),
    say: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 :*]{0,40}$/).map((text) => text.trim()),
    needs_note: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(purpose, { minLength: 1, maxLength: 10, selector: ({ code }) => code }), (purposes) => {
      expect(readPurposes(writePurposes(purposes))).toEqual({ ok: true, purposes });
    }),
  );
});

it('names the line that it cannot read, a code that stands twice, and a list of nothing', () => {
  expect(readPurposes('audit: Audit\nno colon')).toEqual({ ok: false, say: expect.stringContaining('Line 2') });
  expect(readPurposes('audit: A\naudit: B')).toEqual({ ok: false, say: expect.stringContaining('twice') });
  expect(readPurposes(' \n')).toEqual({ ok: false, say: expect.stringContaining('at least one') });
});
