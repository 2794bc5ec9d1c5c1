import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './retention-catalogue';
import { decide } from './retention-decide';
import { makeRules } from './retention-rules';

const RULES = makeRules({ policies: CATALOGUE.map((policy) => ({ ...policy, on: true })), settlements: [] });
const closed = (day: string) => ({
  event: '2026-03-01',
  recorded: '2026-03-02',
  domains: ['finra'],
  unmapped: [],
  triggers: new Map([['account_closed', day]]),
});

describe('what a person enters', () => {
  it('FINRA: an account that was closed before the record was made makes nothing due on arrival, nor archivable', () => {
    const decision = decide(closed('1990-01-01'), RULES);
    expect(decision).toMatchObject({ keep_until: '2032-03-02', archive_from: '2028-03-03' });
    expect(decision.because[0]!.say).toContain('at least 6 years from 2026-03-02, when it was recorded');
    // Of the same day it is the event that is named.
    expect(decide(closed('2026-03-02'), RULES).say).toBe('kept until 2032-03-02: FINRA (6 years from account closed, 2026-03-02)');
  });
});
