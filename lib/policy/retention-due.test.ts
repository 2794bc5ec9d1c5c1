import { expect, it } from 'vitest';
import { SEEDED } from './retention-catalogue';
import { foldDue } from './retention-due';
import type { Marks, RetentionLine } from './retention-fold';
import { makeRules } from './retention-rules';

const rules = makeRules({ policies: SEEDED, settlements: [] });
const line = (over: Partial<RetentionLine>): RetentionLine => ({
  event: '2020-03-01',
  recorded: '2020-03-02',
  domains: [],
  unmapped: [],
  marks: [],
  state: 'hot',
  count: 5,
  ...over,
});
const HOLD = 7;
const marks: Marks = { holds: new Set([HOLD]), triggers: new Map() };

it('is what is past its minimum, by deciding policy and month; held apart, destroyed not at all, and never a day early', () => {
  const found = foldDue(
    [
      line({}),
      line({ state: 'archived', count: 3 }),
      line({ marks: [HOLD], count: 2 }),
      line({ state: 'destroyed', count: 100 }),
      line({ domains: ['financial'], count: 9 }),
      line({ event: '2025-11-20', count: 4 }),
      line({ event: '2025-11-21', count: 50 }),
    ],
    rules,
    marks,
    '2026-11-21',
  );
  expect(found.rows).toEqual([
    { policy: 'default', title: 'Default', month: '2021-03', until: '2021-03-31', hot: 5, archived: 3, held: 2 },
    { policy: 'default', title: 'Default', month: '2026-11', until: '2026-11-20', hot: 4, archived: 0, held: 0 },
  ]);
  expect(found.due).toEqual({ hot: 9, archived: 3 });
  expect(found.held).toBe(2);
});

it('never calls due what an event reaches at most: a clock that is open may be open for any of them', () => {
  const policy = SEEDED.find(({ code }) => code === 'default')!;
  const open = makeRules({
    policies: [...SEEDED, { ...policy, code: 'matter', title: 'Matter', clock: 'trigger', trigger: 'matter_closed', or_else: null }],
    settlements: [],
  });
  const closed: Marks = { holds: new Set(), triggers: new Map([[9, { trigger: 'matter_closed', day: '2020-05-01' }]]) };
  const due = (over: Partial<RetentionLine>) =>
    foldDue([line({ domains: ['matter'], state: 'archived', marks: [9], ...over })], open, closed, '2026-11-21').due;
  expect(due({})).toEqual({ hot: 0, archived: 5 });
  expect(due({ atMost: true })).toEqual({ hot: 0, archived: 0 });
  expect(due({ atMost: true, domains: [] })).toEqual({ hot: 0, archived: 5 });
});
