import { expect, it } from 'vitest';
import { ALARM_KINDS, type AlarmDto, type AlarmKind } from '@/lib/schema/proofs';
import { ALARM_WORDS, alarmSay, alarmStep, isGrave, openAlarms, type Reader, whoEnds } from './alarm-words';

const alarm = (kind: AlarmKind, raised_at: string, ended_at: string | null = null) => ({ kind, raised_at, ended_at }) as AlarmDto;

it('has words for every kind', () => {
  expect(Object.keys(ALARM_WORDS).sort()).toEqual([...ALARM_KINDS].sort());
});
it('calls grave what may be a changed history, a hold that is not on, or an emergency that nobody has reviewed, and nothing else', () => {
  expect(ALARM_KINDS.filter((kind) => isGrave({ kind })).sort()).toEqual([
    'archive_hold',
    'break_glass',
    'new_incarnation',
    'signer_refused',
    'verification_failed',
  ]);
});
it('puts grave alarms first, the oldest on top, and leaves out what has ended', () => {
  const all = [
    alarm('anchor_old', '2026-01-01'),
    alarm('signer_refused', '2026-01-03'),
    alarm('verification_failed', '2026-01-02'),
    alarm('new_incarnation', '2026-01-01', '2026-01-02'),
  ];
  expect(openAlarms(all).map(({ kind }) => kind)).toEqual(['verification_failed', 'signer_refused', 'anchor_old']);
});

const used: AlarmDto['break_glass'] = { id: 'b-1', by: 'ada@example.org', reason: 'patient_safety' };
const glass = {
  ...alarm('break_glass', '2026-01-01'),
  say: 'ada@example.org opened words. A compliance officer has to review it.',
  break_glass: used,
};
const plain = { ...alarm('signer_refused', '2026-01-01'), say: 'The signer refuses.', break_glass: null };
const who = (role: Reader['role'], email = 'bo@example.org'): Reader => ({ role, email });

it('offers a review of break-glass to a compliance officer, and never to settle it, whoever looks', () => {
  expect(alarmStep(glass, who('compliance_officer'))).toEqual({ kind: 'go', href: '/reviews?item=b-1', label: 'Review' });
  for (const role of ['auditor', 'administrator', 'compliance_officer', null] as const)
    for (const email of ['ada@example.org', 'bo@example.org']) expect(alarmStep(glass, who(role, email))?.kind).not.toBe('settle');
  expect(alarmStep(plain, who('compliance_officer'))).toEqual({ kind: 'settle' });
  expect(alarmStep(plain, who('administrator'))).toBeNull();
});
it('leads who opened it to what they opened, and lets them review it in no role', () => {
  for (const role of ['auditor', 'administrator'] as const)
    expect(alarmStep(glass, who(role, 'ada@example.org'))).toMatchObject({ href: '/break-glass' });
  expect(alarmStep(glass, who('compliance_officer', 'ada@example.org'))).toBeNull();
});
it('tells each reader of break-glass what it is to them', () => {
  expect(alarmSay(glass, who('compliance_officer'))).toMatch(/^ada@example\.org opened .*safety of a patient.*It waits for your review\.$/);
  expect(alarmSay(glass, who('auditor', 'ada@example.org'))).toMatch(/^You opened .* A compliance officer has to review it\.$/);
  expect(alarmSay(glass, who('compliance_officer', 'ada@example.org'))).toMatch(
    /^You opened .* Another compliance officer has to review it\.$/,
  );
  for (const role of ['auditor', 'administrator'] as const) expect(alarmSay(glass, who(role))).toBe(glass.say);
  for (const role of ['auditor', 'compliance_officer'] as const)
    expect(alarmSay({ ...glass, ended_at: '2026-01-02' }, who(role))).toMatch(/^ada@example\.org opened [^.]*\.$/);
  expect(alarmSay(plain, who('compliance_officer'))).toBe(plain.say);
});
it('says who ends what the reader cannot', () => {
  expect(whoEnds([glass, plain], who('compliance_officer'))).toBeNull();
  expect(whoEnds([glass], who('administrator'))).toMatch(/reviewed/);
  expect(whoEnds([glass], who('administrator'))).not.toMatch(/settles/);
  expect(whoEnds([plain], who('auditor'))).toMatch(/settles/);
});
