import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { DestroyedDto } from '@/lib/schema/destruction';
import { type DestroyedOf, DestroyedWhy, destroyedBy } from './destroyed-why';

const gone = (number: number, on: string | null = `2026-11-2${number}`): DestroyedDto => ({
  number,
  id: `id-${number}`,
  on,
  say: `Erased under policy on ${on}, certificate #${number}. The entry and its seal remain.`,
});
const markup = (over: Partial<DestroyedOf>) =>
  renderToStaticMarkup(<DestroyedWhy destroyed={{ by: [gone(3)], all: true, paged: false, ...over }} />);
const said = (over: Partial<DestroyedOf>) => markup(over).replaceAll(/<[^>]*>/g, '');

it('what was destroyed says when, by which destruction, and leads to its certificate', () => {
  expect(said({})).toMatch(/^Destroyed on 2026-11-23 by destruction #3Erased under policy on 2026-11-23, certificate #3\./);
  expect(said({})).toContain('No policy decides about it any more.');
  expect(markup({})).toContain('href="/retention/destruction/id-3"');
  expect(said({ by: [gone(3, null)] })).toMatch(/^Destroyed by destruction #3/);
});

it('several destructions are told each, with a way to each', () => {
  const by = destroyedBy([{ destroyed: gone(4) }, {}, { destroyed: gone(3) }, { destroyed: gone(4) }]);
  expect(by.map(({ number }) => number)).toEqual([3, 4]);
  expect(said({ by })).toMatch(/^Destroyed on 2026-11-23 by destruction #3, and on 2026-11-24 by destruction #4No policy/);
  expect([...markup({ by }).matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
    '/retention/destruction/id-3',
    '/retention/destruction/id-4',
  ]);
  expect(said({ by, paged: true })).toMatch(/^What is on this page was destroyed on 2026-11-23/);
});
