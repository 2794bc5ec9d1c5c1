import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { DestructionFound } from '@/lib/schema/destruction';
import { FoundView } from './found-view';

const found = (over: Partial<DestructionFound>): DestructionFound => ({
  today: '2026-11-21',
  policies_version: 1,
  due: 3,
  archived: 0,
  held: 0,
  not_due: 0,
  unsound: 0,
  unreachable: 0,
  destroyed: 0,
  complete: true,
  looked_to: null,
  first_seq: '0',
  last_seq: '2',
  policies: [],
  governing: [],
  holds: [],
  conversations: [],
  ...over,
});
const said = (over: Partial<DestructionFound>) => renderToStaticMarkup(<FoundView found={found(over)} />).replaceAll(/<[^>]*>/g, '');

it('warns of grants, revocations and changes among what would go, with the number of each', () => {
  const governing = [
    { action: 'access_granted' as const, records: 2 },
    { action: 'prompt_changed' as const, records: 1 },
  ];
  expect(said({ governing })).toContain('Among them are 2 grants of access and 1 change of a prompt. Once these are gone');
  expect(said({})).not.toContain('in force');
});

it('shows a request of before these were counted as it was', () => {
  const { governing: _, ...before } = found({});
  expect(renderToStaticMarkup(<FoundView found={before} />)).toContain('3 records can be destroyed');
});
