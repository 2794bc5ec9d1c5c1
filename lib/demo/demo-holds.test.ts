import { describe, expect, it } from 'vitest';
import { HoldBody } from '../schema/holds';
import { buildDemo } from './build-demo';
import { demoHolds } from './demo-holds';
import { historyStart } from './pick-times';

describe.each(['2026-11-18T15:20:00.000Z', '2027-03-02T08:05:00.000Z', '2026-07-26T23:59:00.000Z'])(
  'the holds of a demo that ends at %s',
  (at) => {
    const now = new Date(at);
    const records = buildDemo(now);
    const holds = demoHolds(now);
    const reached = holds.map(({ scope }) =>
      records.filter((record) =>
        scope.kind === 'conversation'
          ? record.conversation_id === scope.value
          : scope.kind === 'subject' && record.subject_id === scope.value,
      ),
    );

    it('are such as a person could place, of three matters: two that stand, on a person and on a conversation, and one that was released', () => {
      for (const { released: _, ...wish } of holds) expect(HoldBody.parse(wish)).toEqual(wish);
      expect(new Set(holds.map(({ matter }) => matter)).size).toBe(3);
      expect(holds.map(({ scope, released }) => [scope.kind, released === null])).toEqual([
        ['subject', false],
        ['subject', true],
        ['conversation', true],
      ]);
    });

    it('reach records of the eight months, and none of the trial, which stays to be archived and destroyed', () => {
      const begun = historyStart(now.getTime());
      for (const found of reached) {
        expect(found.length).toBeGreaterThan(2);
        expect(found.filter(({ timestamp }) => Date.parse(timestamp) < begun)).toEqual([]);
      }
    });
  },
);

it('are on the same things again for the same moment', () => {
  const now = new Date('2026-11-18T15:20:00.000Z');
  expect(demoHolds(now)).toEqual(demoHolds(now));
});
