import { expect, test } from 'playwright/test';
import { EXEMPTIONS } from '@/lib/access-log/exemptions';
import { ROUTES } from './route-table';

test('every route that is open to everyone stands in the list of what is not recorded, with a reason, and no other', () => {
  const open = Object.entries(ROUTES).flatMap(([route, row]) => (row.permission === null ? [route] : []));
  expect(EXEMPTIONS.flatMap(({ routes }) => routes ?? []).sort()).toEqual(open.sort());
  for (const { path, why } of EXEMPTIONS) expect(why.length, path).toBeGreaterThan(20);
});
