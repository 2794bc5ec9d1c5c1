import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOWN_DOMAINS } from '@/lib/schema/registry';
import { RetentionPolicy, type Settlement } from '@/lib/schema/retention';
import { addPeriod, dayOf } from './retention-calendar';
import { CATALOGUE, SEEDED, sayPolicy } from './retention-catalogue';
import { decide, isArchivable, isDue, strictest } from './retention-decide';
import { makeRules } from './retention-rules';
import { noTriggers, type Retained } from './retention-weigh';

const EVENT = '2026-03-01';
const RECORDED = '2026-03-02';
const all = (on = true) => CATALOGUE.map((policy) => ({ ...policy, on }));
const rulesOf = (policies = all(), settlements: Settlement[] = []) => makeRules({ policies, settlements });
const SEED = rulesOf([...SEEDED]);
const about = (domains: string[], over: Partial<Retained> = {}): Retained => ({
  event: EVENT,
  recorded: RECORDED,
  domains,
  unmapped: [],
  triggers: noTriggers(),
  ...over,
});
const entered = (days: Record<string, string>) => ({ triggers: new Map(Object.entries(days)) });

describe('every row of the table', () => {
  /** policy, what it makes of an event of 1 March that was recorded on the 2nd, and its clause. */
  it.each([
    ['hipaa', '2032-03-02', null, '45 CFR 164.316(b)(2)(i)'],
    ['soc2', '2027-03-01', null, 'TSC CC6, CC7'],
    ['financial', '2033-03-01', null, '17 CFR 210.2-06'],
    ['sec-17a-4', '2032-03-02', null, '17 CFR 240.17a-4(a), (f)'],
    ['finra', '2032-03-02', null, 'FINRA Rule 4511'],
    ['pci-dss', '2027-03-01', null, 'PCI DSS 4.0.1, 10.5.1'],
    ['eu-ai-act', '2026-09-02', null, 'Regulation (EU) 2024/1689, Art. 19(1), 26(6)'],
    ['nydfs', '2031-03-01', null, '23 NYCRR 500.06'],
    ['mifid2', '2031-03-02', null, 'Directive 2014/65/EU, Art. 16(6), (7)'],
    ['part-11', '2027-03-01', null, '21 CFR 11.10(e)'],
    ['gdpr', '2027-03-01', null, 'Regulation (EU) 2016/679, Art. 5(1)(e)'],
    ['glba', '2027-03-01', null, '16 CFR 314.4(c)(6)'],
    ['default', '2027-03-01', null, 'Policy of the house'],
  ])('%s keeps until %s', (code, keepUntil, disposeBy, source) => {
    const decision = decide(about(code === 'default' ? [] : [code]), rulesOf());
    expect(decision).toMatchObject({ keep_until: keepUntil, dispose_by: disposeBy, conflict: null, unmapped: [], off: [] });
    expect(decision.because.find(({ policy }) => policy === code)!.say).toContain(source);
    expect(CATALOGUE.find((policy) => policy.code === code)!.source).toBe(source);
  });

  it('there are no others, each is well-formed, and the registry knows the same', () => {
    expect(CATALOGUE.map(({ code }) => code)).toEqual([...KNOWN_DOMAINS, 'default']);
    for (const policy of CATALOGUE) expect(RetentionPolicy.parse(policy)).toEqual(policy);
    expect(SEEDED.map(({ code }) => code)).toEqual(['hipaa', 'soc2', 'financial', 'default']);
  });

  it('HIPAA: creation, or last in effect if that is later', () => {
    const of = (day: string) => decide(about(['hipaa'], entered({ last_in_effect: day })), rulesOf()).keep_until;
    expect(of('2028-02-29')).toBe('2034-03-01');
    expect(of('2020-01-01')).toBe('2032-03-02');
    expect(decide(about(['hipaa'], entered({ last_in_effect: '2028-02-29' })), rulesOf()).say).toBe(
      'kept until 2034-03-01: HIPAA (6 years from last in effect, 2028-02-29)',
    );
  });

  it('FINRA: six years from the closing of the account, else from when the record was made; other triggers do not move it', () => {
    expect(decide(about(['finra'], entered({ account_closed: '2029-07-31' })), rulesOf()).keep_until).toBe('2035-07-31');
    expect(decide(about(['finra'], entered({ last_use: '2029-07-31' })), rulesOf()).keep_until).toBe('2032-03-02');
  });

  it('GLBA: two years after the last use; the clock is open until somebody enters it', () => {
    const open = decide(about(['glba', 'soc2']), rulesOf());
    expect(open).toMatchObject({ dispose_by: null, conflict: null });
    expect(open.say).toBe('kept until 2027-03-01: SOC 2 (1 year); the clock of GLBA starts with last use');
    const used = decide(about(['glba', 'soc2'], entered({ last_use: '2026-06-30' })), rulesOf());
    expect(used).toMatchObject({ keep_until: '2027-03-01', dispose_by: '2028-06-30', conflict: null });
    expect(used.say).toBe('kept until 2027-03-01: SOC 2 (1 year); to be disposed of by 2028-06-30: GLBA (2 years)');
  });

  it('GDPR and Part 11 give no number: the default holds, and says so', () => {
    const decision = decide(about(['gdpr', 'part-11']), rulesOf());
    expect(decision.say).toBe('kept until 2027-03-01: Default (1 year); GDPR and 21 CFR Part 11 give no period');
    expect(decision.because.map(({ policy, until }) => [policy, until])).toEqual([
      ['default', '2027-03-01'],
      ['gdpr', null],
      ['part-11', null],
    ]);
  });

  it('hot storage: a year at most, two for SEC 17a-4, three months for PCI DSS; the longest of those that apply', () => {
    const from = (...domains: string[]) => decide(about(domains), rulesOf()).archive_from;
    expect([from('hipaa'), from('soc2'), from('sec-17a-4'), from('pci-dss'), from('eu-ai-act'), from('pci-dss', 'sec-17a-4')]).toEqual([
      '2027-03-03',
      '2027-03-02',
      '2028-03-03',
      '2026-06-02',
      '2026-09-03',
      '2028-03-03',
    ]);
  });

  it('says its rule', () => {
    const say = (code: string) => sayPolicy(CATALOGUE.find((policy) => policy.code === code)!);
    expect(say('soc2')).toBe('At least 1 year from the event.');
    expect(say('hipaa')).toBe('At least 6 years from when it was recorded, or from last in effect where that is later.');
    expect(say('finra')).toBe('At least 6 years from account closed, until then from when it was recorded.');
    expect(say('glba')).toBe('At most 2 years from last use; open until then.');
    expect(say('gdpr')).toBe('Sets no period of its own.');
  });
});

describe('a decision', () => {
  it('explains itself: the longest minimum outlasts the others; the hold is named', () => {
    const hold = { id: 'a', number: 12 };
    const decision = decide(about(['hipaa', 'soc2'], { recorded: EVENT }), SEED, [hold]);
    expect(decision.say).toBe('kept until 2032-03-01: HIPAA (6 years) outlasts SOC 2 (1 year); hold #12');
    expect(decision).toMatchObject({ keep_until: '2032-03-01', held_by: ['a'] });
    expect(decide(about(['soc2', 'pci-dss', 'hipaa']), rulesOf(), [hold, { id: 'b', number: 14 }]).say).toBe(
      'kept until 2032-03-02: HIPAA (6 years) outlasts PCI DSS (12 months) and SOC 2 (1 year); holds #12, #14',
    );
    expect(decide(about(['finra', 'hipaa', 'soc2']), rulesOf()).say).toBe(
      'kept until 2032-03-02: FINRA (6 years) and HIPAA (6 years) outlast SOC 2 (1 year)',
    );
  });

  it('is due from the day after, and archivable from the day after hot storage; a hold stops both', () => {
    const { keep_until, archive_from } = decide(about(['soc2']), SEED);
    expect([isDue(keep_until, '2027-03-01', false), isDue(keep_until, '2027-03-02', false), isDue(keep_until, '2040-01-01', true)]).toEqual(
      [false, true, false],
    );
    expect(isDue(null, '9999-12-31', false)).toBe(false);
    expect([
      isArchivable(archive_from, '2027-03-01', false),
      isArchivable(archive_from, '2027-03-02', false),
      isArchivable(archive_from, '2027-03-02', true),
    ]).toEqual([false, true, false]);
  });

  it('a policy that is off is named and decides nothing', () => {
    const decision = decide(about(['gdpr', 'pci-dss']), SEED);
    expect(decision).toMatchObject({ keep_until: '2027-03-01', off: ['gdpr', 'pci-dss'], unmapped: [] });
    expect(decision.say).toBe('kept until 2027-03-01: Default (1 year); GDPR and PCI DSS are named and off');
  });

  it('what nobody has mapped is kept as long as the longest minimum that is on: a domain that is none, a tool, a data source', () => {
    const strange = decide(about(['soc2', 'research']), SEED);
    expect(strange).toMatchObject({ keep_until: '2033-03-01', unmapped: ['domain:research'] });
    expect(strange.say).toBe(
      'kept until 2033-03-01: Financial (7 years) outlasts SOC 2 (1 year); domain research is unmapped, so that the longest minimum holds',
    );
    const tool = decide(about([], { unmapped: ['tool:chart.peek'] }), SEED);
    expect(tool).toMatchObject({ keep_until: '2033-03-01', unmapped: ['tool:chart.peek'] });
    expect(tool.because[0]!.say).toContain('the longest minimum that is on');
    expect(decide(about(['financial'], { unmapped: ['data_source:'] }), SEED).say).toBe(
      'kept until 2033-03-01: Financial (7 years); a data source without a name is unmapped',
    );
  });

  const ten = { ...CATALOGUE.find(({ code }) => code === 'gdpr')!, ceiling: { months: 6 }, on: true };
  const withCeiling = [...SEEDED, ten];

  it('a minimum that ends after a maximum is a conflict, and the minimum holds until a person settles it', () => {
    const decision = decide(about(['gdpr', 'hipaa']), rulesOf(withCeiling));
    expect(decision).toMatchObject({
      keep_until: '2032-03-02',
      dispose_by: '2026-09-01',
      conflict: { floor: 'hipaa', ceiling: 'gdpr' },
    });
    expect(decision.say).toBe(
      'kept until 2032-03-02: HIPAA (6 years); in conflict with GDPR (6 months), which asks for disposal by 2026-09-01',
    );
  });

  it('a minimum that ends on the very day of a maximum is none', () => {
    const same = rulesOf([...SEEDED, { ...ten, ceiling: { months: 12 } }]);
    expect(decide(about(['gdpr', 'soc2']), same)).toMatchObject({ keep_until: '2027-03-01', dispose_by: '2027-03-01', conflict: null });
    expect(
      decide(about(['gdpr', 'soc2'], { event: '2026-03-02' }), rulesOf([...SEEDED, { ...ten, ceiling: { months: 12 }, clock: 'recorded' }]))
        .conflict,
    ).toBeNull();
    expect(
      decide(
        about(['gdpr', 'soc2'], { recorded: '2026-02-28' }),
        rulesOf([...SEEDED, { ...ten, ceiling: { months: 12 }, clock: 'recorded' }]),
      ).conflict,
    ).not.toBeNull();
  });

  it('what was settled holds for the two policies that it was settled between, and no others', () => {
    const settle = (in_favour_of: 'floor' | 'ceiling'): Settlement[] => [
      { floor: 'hipaa', ceiling: 'gdpr', in_favour_of, reason: 'Counsel' },
    ];
    const kept = decide(about(['gdpr', 'hipaa']), rulesOf(withCeiling, settle('floor')));
    expect(kept).toMatchObject({ keep_until: '2032-03-02', dispose_by: null, conflict: null });
    expect(kept.say).toBe('kept until 2032-03-02: HIPAA (6 years); settled in favour of HIPAA over GDPR (2026-09-01)');
    const ended = decide(about(['gdpr', 'hipaa']), rulesOf(withCeiling, settle('ceiling')));
    expect(ended).toMatchObject({ keep_until: '2026-09-01', dispose_by: '2026-09-01', conflict: null });
    expect(ended.say).toContain('kept until 2026-09-01: GDPR (6 months), though HIPAA (6 years) would keep it longer');
    const other = decide(about(['financial', 'gdpr', 'hipaa']), rulesOf(withCeiling, settle('ceiling')));
    expect(other).toMatchObject({ keep_until: '2033-03-01', conflict: { floor: 'financial', ceiling: 'gdpr' } });
  });

  it('an open clock of a minimum keeps without an end, and is in conflict with any maximum', () => {
    const own = RetentionPolicy.parse({
      ...ten,
      code: 'contract',
      title: 'Contract',
      floor: { years: 10 },
      ceiling: null,
      clock: 'trigger',
      trigger: 'contract_ended',
      or_else: null,
    });
    const rules = rulesOf([...withCeiling, own]);
    const open = decide(about(['contract']), rules);
    expect(open).toMatchObject({
      keep_until: null,
      conflict: null,
      say: 'kept without an end: the clock of Contract starts with contract ended',
    });
    expect(isDue(open.keep_until, '9999-12-31', false)).toBe(false);
    expect(decide(about(['contract', 'gdpr']), rules)).toMatchObject({
      keep_until: null,
      conflict: { floor: 'contract', ceiling: 'gdpr' },
    });
    expect(decide(about(['contract'], entered({ contract_ended: '2030-01-31' })), rules).keep_until).toBe('2040-01-31');
    // Unmapped is kept as long as the longest: with no end while that clock is open.
    expect(decide(about(['research']), rules).keep_until).toBeNull();
  });

  it('of a conversation is the strictest of its records', () => {
    const decisions = [about(['soc2']), about(['hipaa']), about(['gdpr'])].map((one) => decide(one, rulesOf(withCeiling)));
    const found = strictest(decisions)!;
    expect([found.keep.keep_until, found.dispose!.dispose_by]).toEqual(['2032-03-02', '2026-09-01']);
    expect(strictest([])).toBeNull();
  });
});

describe('of any record under any policies', () => {
  const day = fc.integer({ min: 0, max: 40_000 }).map((days) => dayOf(days * 86_400_000));
  const period = fc.oneof(
    fc.integer({ min: 1, max: 20 }).map((years) => ({ years })),
    fc.integer({ min: 1, max: 200 }).map((months) => ({ months })),
  );
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const policy = (code: string): fc.Arbitrary<RetentionPolicy> =>
    fc
      .record({
        floor: code === 'default' ? period : maybe(period),
        ceiling: code === 'default' ? fc.constant(null) : maybe(period),
        clock: fc.constantFrom('event', 'recorded', 'trigger'),
        trigger: fc.constantFrom('t1', 't2'),
        or_else: maybe(fc.constantFrom('event', 'recorded')),
        hot: maybe(period),
        on: code === 'default' ? fc.constant(true) : fc.boolean(),
      })
      .map((made) => ({
        ...made,
        code,
        title: code.toUpperCase(),
        note: null,
        source: 'test',
        or_else: made.clock === 'trigger' ? (code === 'default' ? 'event' : made.or_else) : null,
      })) as fc.Arbitrary<RetentionPolicy>;
  const CODES = ['a', 'b', 'c', 'default'] as const;
  const set = fc.record({
    policies: fc.tuple(...CODES.map(policy)),
    settlements: fc.subarray(
      CODES.flatMap((floor) =>
        CODES.map((ceiling): Settlement => ({ floor, ceiling, in_favour_of: floor < ceiling ? 'floor' : 'ceiling', reason: 'test' })),
      ),
    ),
  });
  const record: fc.Arbitrary<Retained> = fc.record({
    event: day,
    recorded: day,
    domains: fc.subarray(['a', 'b', 'c', 'unknown']),
    unmapped: fc.subarray(['tool:x']),
    triggers: fc.uniqueArray(fc.tuple(fc.constantFrom('t1', 't2'), day), { selector: ([name]) => name }).map((days) => new Map(days)),
  });

  it('nothing is kept for less than any minimum that applies says, unless a person settled it; and the sentence names the day', () => {
    fc.assert(
      fc.property(set, record, (policies, one) => {
        const unsettled = decide(one, makeRules({ ...policies, settlements: [] }));
        for (const code of one.domains) {
          const applied = policies.policies.find((each) => each.code === code && each.on && each.floor !== null);
          if (applied === undefined || unsettled.keep_until === null) continue;
          const start = applied.clock === 'trigger' ? (one.triggers.get(applied.trigger!) ?? one[applied.or_else!]) : one[applied.clock];
          expect(unsettled.keep_until >= addPeriod(start, applied.floor!)).toBe(true);
        }
        expect(unsettled.say).toContain(unsettled.keep_until ?? 'without an end');
        const settled = decide(one, makeRules(policies));
        if (settled.conflict === null && settled.keep_until !== null && settled.dispose_by !== null)
          expect(settled.keep_until <= settled.dispose_by).toBe(true);
        if ((settled.keep_until ?? '~') < (unsettled.keep_until ?? '~')) expect(settled.say).toContain('settled in favour of');
      }),
      { numRuns: 3_000 },
    );
  });

  it('an event that a person enters runs no minimum out before the record has been there for all of it', () => {
    fc.assert(
      fc.property(set, record, ({ policies }, one) => {
        const decision = decide(one, makeRules({ policies, settlements: [] }));
        for (const { code, on, floor, clock, trigger } of policies) {
          // Where nothing is entered, a clock that goes by the event's day goes by the sender's.
          const entered = trigger !== null && one.triggers.has(trigger);
          if (!on || floor === null || !one.domains.includes(code) || decision.keep_until === null) continue;
          if (clock === 'recorded' || (clock === 'trigger' && entered))
            expect(decision.keep_until >= addPeriod(one.recorded, floor)).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('holds, and the order of domains and policies, change no day', () => {
    fc.assert(
      fc.property(set, record, (policies, one) => {
        const decision = decide(one, makeRules(policies));
        const turned = decide(
          { ...one, domains: [...one.domains].reverse() },
          makeRules({ ...policies, policies: [...policies.policies].reverse() }),
          [{ id: 'h', number: 1 }],
        );
        for (const name of ['keep_until', 'archive_from', 'dispose_by', 'conflict'] as const) expect(turned[name]).toEqual(decision[name]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('one more policy never shortens what the others keep, and one more domain neither', () => {
    fc.assert(
      fc.property(set, record, fc.constantFrom('a', 'b', 'c'), ({ policies }, one, added) => {
        const rules = makeRules({ policies, settlements: [] });
        const end = (decision: { keep_until: string | null }) => decision.keep_until ?? '~';
        const before = decide(one, rules);
        const after = decide({ ...one, domains: [...new Set([...one.domains, added])] }, rules);
        // Where the default alone kept it, a policy with a minimum of its own takes its place.
        if (before.because[0]?.policy === 'default') return;
        expect(end(after) >= end(before)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
