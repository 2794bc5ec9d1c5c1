import type { PoliciesWish } from '../schema/retention';

/** What the demo's compliance officer decided beside what is on from the start: a maximum for what is about people, which the seven years of bank details are in conflict with. */
export const DEMO_POLICIES: PoliciesWish = {
  set: [
    {
      code: 'gdpr',
      on: true,
      ceiling: { years: 2 },
      clock: 'event',
      note: 'No longer than is necessary for the purpose. Two years were decided for this house.',
    },
  ],
  settle: [],
  reopen: [],
};

export const DEMO_POLICIES_REASON = 'Data protection: what names a person is kept for two years at most';
