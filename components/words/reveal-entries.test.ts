import { expect, it } from 'vitest';
import { answeredAt, listEntered } from './reveal-entries';

const at = '2026-11-21T13:05:00.000Z';

it('lists a reveal of this page as the access ledger will: who, when, how much, what for', () => {
  const wish = { conversation_id: 'c-1', purpose: 'complaint', note: 'Ticket 4711' };
  expect(listEntered({ wish, parts: 4, at }, 'o@example.com', false, 0)).toEqual({
    seq: 'here 0',
    by: 'o@example.com',
    at,
    purpose: 'complaint',
    note: 'Ticket 4711',
    record_id: null,
    parts: 4,
    break_glass: null,
    export: null,
  });
});

it('says of a reveal under break-glass that it was one, names the record, and claims no count that it was not told', () => {
  const wish = { record_id: 'r-1', parts: [0], purpose: 'audit', note: '' };
  expect(listEntered({ wish, parts: null, at }, 'a@example.com', true, 1)).toMatchObject({
    seq: 'here 1',
    note: null,
    record_id: 'r-1',
    parts: null,
    break_glass: 'here',
  });
});

it('takes the time of the server, and its own only where that says nothing', () => {
  const now = Date.parse('2026-11-21T09:00:00Z');
  expect(answeredAt('Sat, 21 Nov 2026 13:05:00 GMT', now)).toBe(at);
  expect([null, 'yesterday'].map((date) => answeredAt(date, now))).toEqual(['2026-11-21T09:00:00.000Z', '2026-11-21T09:00:00.000Z']);
});
