import { expect, it } from 'vitest';
import type { ProofSettingsDto } from '@/lib/schema/proofs';
import { changedMembers } from './proof-settings-form';

const settings: ProofSettingsDto = {
  tlog_public: false,
  witness_quorum: 1,
  verify_every_minutes: 15,
  verify_whole_at: '02:00',
  anchor_alarm_minutes: 60,
  alarm_webhook: null,
  alarm_emails: ['a@example.org'],
};

it('sends what was changed and nothing else, so that nobody undoes what another has changed meanwhile', () => {
  expect(changedMembers(settings, { ...settings, alarm_emails: ['a@example.org'] })).toEqual({});
  expect(changedMembers(settings, { ...settings, witness_quorum: 2, alarm_emails: [] })).toEqual({ witness_quorum: 2, alarm_emails: [] });
});
