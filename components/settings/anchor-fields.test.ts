import { expect, it } from 'vitest';
import { ANCHOR_FIELDS, readConfig } from './anchor-fields';
import { readAddresses } from './read-addresses';

it('sends what was entered under the config’s names, and nothing that was left empty', () => {
  expect(readConfig('object_lock', { bucket: ' checkpoints ', prefix: ' ' })).toEqual({ bucket: 'checkpoints', retain_days: 2557 });
  expect(readConfig('email', { to: 'a@example.org, b@example.org' })).toEqual({ to: ['a@example.org', 'b@example.org'] });
  expect(readConfig('webhook', { url: 'https://example.org/', vkey: 'of another kind' })).toEqual({ url: 'https://example.org/' });
});
it('asks of each kind for what it cannot be reached without', () => {
  for (const [kind, fields] of Object.entries(ANCHOR_FIELDS))
    expect(
      fields.some((field) => field.required),
      kind,
    ).toBe(true);
});
it('reads addresses once each', () => {
  expect(readAddresses(' a@b.org;c@d.org\na@b.org ')).toEqual(['a@b.org', 'c@d.org']);
  expect(readAddresses('  ')).toEqual([]);
});
