import { expect, it } from 'vitest';
import { ALARM_KINDS, type AlarmDto, type AlarmKind } from '@/lib/schema/proofs';
import { ALARM_WORDS, isGrave, openAlarms } from './alarm-words';

const alarm = (kind: AlarmKind, raised_at: string, ended_at: string | null = null) => ({ kind, raised_at, ended_at }) as AlarmDto;

it('has words for every kind', () => {
  expect(Object.keys(ALARM_WORDS).sort()).toEqual([...ALARM_KINDS].sort());
});
it('calls grave what may be a changed history or an emergency that nobody has reviewed, and nothing else', () => {
  expect(ALARM_KINDS.filter((kind) => isGrave({ kind })).sort()).toEqual([
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
