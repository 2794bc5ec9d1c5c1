import { expect, it, vi } from 'vitest';
import { ApiProblem } from '@/components/api/call-api';
import type { HoldDto } from '@/lib/schema/holds';
import type { ShreddingPreview } from '@/lib/schema/words';
import { lookAtPerson, mayGo, subjectFault } from './person-standing';

const hold = (over: Partial<HoldDto>): HoldDto => ({
  id: 'h1',
  number: 1,
  matter: 'Doe v. Clinic',
  scope: { kind: 'subject', value: 'P-1' },
  custodian: null,
  reason: 'The court asks for it',
  placed_by: 'o@example.com',
  placed_at: '2026-11-20T10:00:00.000Z',
  release_asked: null,
  released_by: null,
  released_at: null,
  release_reason: null,
  ...over,
});
const counted: ShreddingPreview = {
  scope: { kind: 'subject', value: 'P-1' },
  keys: 2,
  parts: 5,
  bytes: 812,
  conversations: 2,
  first_conversations: ['c-1', 'c-2'],
  holds: [],
  holds_total: 0,
  backups_until: '2026-12-25T10:00:00.000Z',
};
const at = (path: string) => `${path}?ledger=main`;
const refusal = (code: string, pointer?: string) => new ApiProblem({ code, status: 404, detail: 'No.', ...(pointer && { pointer }) });

/** An API that answers the counting with one thing and the list of holds with another. */
const answering = (preview: ShreddingPreview | Error, holds: HoldDto[] = [], pages = 1) =>
  vi.fn(async (path: string) => {
    if (path.startsWith('/api/v1/holds')) {
      const page = Number(/older=(\d+)/.exec(path)?.[1] ?? 0);
      return { rows: page === pages - 1 ? holds : [], older: page === pages - 1 ? null : String(page + 1) };
    }
    if (preview instanceof Error) throw preview;
    return preview;
  });
const look = (ask: ReturnType<typeof answering>) => lookAtPerson(ask as unknown as Parameters<typeof lookAtPerson>[0], at, 'P-1');

it('counts what is kept about a person in one request, with the holds that stand against its destruction', async () => {
  const ask = answering({ ...counted, holds: [hold({ scope: { kind: 'conversation', value: 'c-1' } })] });
  const found = await look(ask);
  expect(ask.mock.calls).toEqual([
    ['/api/v1/shreddings/preview?ledger=main', { method: 'POST', body: { scope: { kind: 'subject', value: 'P-1' } } }],
  ]);
  expect(found).toMatchObject({ counted: { keys: 2 }, holds: [{ id: 'h1' }], holdsComplete: true });
});

it('finds a hold on somebody about whom nothing is kept yet: theirs alone, and only while it is in force', async () => {
  const others = [
    hold({ id: 'else', scope: { kind: 'subject', value: 'P-2' } }),
    hold({ id: 'talk', scope: { kind: 'conversation', value: 'P-1' } }),
    hold({ id: 'over', released_at: '2026-11-21T10:00:00.000Z' }),
  ];
  const unknown = refusal('not_found', '/scope/value');
  expect(await look(answering(unknown, [hold({}), ...others]))).toMatchObject({
    counted: null,
    holds: [{ id: 'h1' }],
    holdsComplete: true,
  });
  expect(await look(answering(unknown, [hold({})], 20))).toMatchObject({ holds: [{ id: 'h1' }], holdsComplete: true });
  const many = answering(unknown, [hold({})], 21);
  expect(await look(many)).toMatchObject({ holds: [], holdsComplete: false });
  for (const [path] of many.mock.calls) expect(path, 'the id of a person').not.toContain('P-1');
});

it('takes no other refusal for somebody who is not known', async () => {
  for (const other of [refusal('forbidden'), refusal('not_found'), new Error('cut off')])
    await expect(look(answering(other))).rejects.toBe(other);
});

it('offers destruction only of what is there and held by nobody', () => {
  const standing = { subject: 'P-1', counted, holds: [], holdsComplete: true };
  expect(mayGo(standing)).toBe(true);
  expect(mayGo({ ...standing, holds: [hold({})] })).toBe(false);
  expect(mayGo({ ...standing, counted: { ...counted, keys: 0 } })).toBe(false);
  expect(mayGo({ ...standing, counted: null })).toBe(false);
});

it('says what is wrong with an id before it is sent', () => {
  expect(subjectFault('P-1017')).toBeNull();
  expect(subjectFault('')).toMatch(/Type the id/);
  for (const name of ['Ada Lovelace', '-P', 'P‮1', 'x'.repeat(129)]) expect(subjectFault(name)).toMatch(/no id/);
});
