import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { HOLD_KINDS, type HoldDto, type HoldScope, HoldScope as Scope } from '@/lib/schema/holds';
import { objectWords } from './held-objects';
import { HeldScope } from './held-scope';
import { fewOf, NO_SCOPE, readScope, scopeHref } from './hold-words';

const SCOPES: [HoldDto['scope'], words: string, href: string][] = [
  [{ kind: 'conversation', value: 'c-1' }, 'the conversation c-1', '/conversations/c-1'],
  [{ kind: 'subject', value: 'P-1' }, 'everything about P-1', '/records?subject=P-1'],
  [{ kind: 'resource', value: 'R/1', type: 'chart' }, 'the resource R/1 (chart)', '/records?resource_type=chart&resource_id=R%2F1'],
  [{ kind: 'actor', value: 'dr-1' }, 'everything that dr-1 did', '/records?actor=dr-1'],
  [{ kind: 'agent', value: 'triage' }, 'everything of the agent triage', '/records?agent=triage'],
  [
    { kind: 'time', value: '2026-02-27/2026-02-28', from: '2026-02-27', to: '2026-02-28' },
    'everything of 2026-02-27 to 2026-02-28',
    '/records?after=2026-02-27&before=2026-03-01',
  ],
];
const said = (scope: HoldDto['scope']) => renderToStaticMarkup(<HeldScope scope={scope} />).replaceAll(/<[^>]*>/g, '');

it('a hold says of each of the six kinds what it is on, and leads to it', () => {
  expect(SCOPES.map(([{ kind }]) => kind)).toEqual([...HOLD_KINDS]);
  for (const [scope, words, href] of SCOPES) {
    expect(said(scope)).toBe(words);
    expect(scopeHref(scope)).toBe(href);
  }
  expect(said({ kind: 'time', value: '2026-01-01/2026-01-01', from: '2026-01-01', to: '2026-01-01' })).toBe('everything of 2026-01-01');
});

it('what markup there is in a name is text', () => {
  expect(renderToStaticMarkup(<HeldScope scope={{ kind: 'actor', value: '<b>x</b>\u202e' }} />)).not.toContain('<b>');
});

it('a count that stopped says "at least"', () => {
  expect(fewOf({ count: 1, exact: true }, 'record', 'records')).toBe('1 record');
  expect(fewOf({ count: 10_000, exact: false }, 'record', 'records')).toBe('at least 10,000 records');
});

describe('what stands in the form', () => {
  const read = (over: Partial<typeof NO_SCOPE>) => readScope({ ...NO_SCOPE, ...over });
  it('is a scope that the API takes, once it is whole', () => {
    const whole: [Partial<typeof NO_SCOPE>, HoldScope][] = [
      [
        { kind: 'conversation', value: ' c-1 ' },
        { kind: 'conversation', value: 'c-1' },
      ],
      [
        { kind: 'subject', value: 'P-1', type: 'left over' },
        { kind: 'subject', value: 'P-1' },
      ],
      [
        { kind: 'resource', value: 'R/1', type: 'chart' },
        { kind: 'resource', type: 'chart', value: 'R/1' },
      ],
      [
        { kind: 'time', from: '2026-01-01', to: '2026-01-01', value: 'left over' },
        { kind: 'time', from: '2026-01-01', to: '2026-01-01' },
      ],
    ];
    for (const [draft, scope] of whole) {
      expect(read(draft)).toEqual({ scope });
      expect(Scope.safeParse(scope).success).toBe(true);
    }
  });

  it('is no scope, and says what is wrong where something is and not where something is still to come', () => {
    expect(read({})).toEqual({ faults: {} });
    expect(read({ kind: 'resource', value: 'R-1' })).toEqual({ faults: {} });
    expect(read({ kind: 'time', from: '2026-01-01' })).toEqual({ faults: {} });
    expect(read({ kind: 'subject', value: 'two words' })).toMatchObject({ faults: { value: expect.stringContaining('no id') } });
    expect(read({ kind: 'resource', value: 'R-1', type: 'a b' })).toMatchObject({ faults: { type: expect.stringContaining('no id') } });
    expect(read({ kind: 'time', from: '2026-02-01', to: '2026-01-01' })).toMatchObject({
      faults: { to: expect.stringContaining('before') },
    });
  });
});

describe('of an archived object it is said', () => {
  const segment = (store: 's3' | 'directory', on: boolean) =>
    ({
      number: '1',
      first_seq: '0',
      last_seq: '9',
      records: 10,
      store,
      object_key: 'k',
      legal_hold: on,
      legal_hold_at: null,
      legal_hold_fault: null,
      locked_until: null,
    }) as const;
  it.each([
    ['s3', true, true, 'verified', 'S3 legal hold is on'],
    ['s3', false, true, 'waiting', 'S3 legal hold is being put on'],
    ['s3', true, false, 'plain', 'S3 legal hold is on: another hold reaches it, or it is being taken off'],
    ['s3', false, false, 'pending', 'No S3 legal hold'],
    // Never as if a directory could hold anything.
    ['directory', true, true, 'plain', 'Marked as held in the directory'],
    ['directory', false, true, 'waiting', 'Is being marked as held'],
    ['directory', false, false, 'pending', 'Not marked as held'],
  ] as const)('in %s, on %s, standing %s: %s, %s', (store, on, stands, tone, words) => {
    expect(objectWords(segment(store, on), stands)).toEqual({ tone, words });
  });
  it('that the store did not take it', () => {
    const failed = { ...segment('s3', false), legal_hold_fault: { at: '2026-11-21T00:00:00.000Z', say: 'Refused.' } };
    expect(objectWords(failed, true)).toEqual({ tone: 'broken', words: 'S3 legal hold could not be put on' });
  });
});
