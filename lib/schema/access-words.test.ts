import { expect, it } from 'vitest';
import type { RecordBody } from '@/lib/schema/screens';
import { accessWords } from './access-words';

const body = (part: Partial<RecordBody>): RecordBody => ({
  v: 1,
  id: 'x',
  timestamp: '',
  action: 'screen_viewed',
  actor_id: 'hana@clinic.example',
  actor_type: 'user',
  source: { channel: 'dashboard' },
  submitted: '',
  ...part,
});

it('names the person, the screen with its filters, and the address', () => {
  const details = {
    screen: '/records',
    actor_name: 'Hana',
    user_id: 'u',
    role: 'auditor',
    address: '10.0.0.7',
    filters: { subject: 'P-1017', action: 'data_accessed' },
  };
  expect(accessWords(body({ details }))).toEqual({
    who: 'Hana (hana@clinic.example)',
    what: 'Records · where subject P-1017, action data_accessed',
    from: '10.0.0.7',
  });
});
it('names what was opened', () => {
  const words = accessWords(body({ resource_type: 'conversation', resource_id: 'c-1', details: { screen: '/conversations/[id]' } }));
  expect(words.what).toBe('Conversation · conversation c-1');
});
it('shows details that it does not know', () => {
  expect(accessWords(body({ details: { reason: 'wrong_password', tries: 3 } })).what).toBe('reason wrong_password · tries 3');
});
it('does not take the name of a key for the name of who issued it', () => {
  const words = accessWords(body({ action: 'key_issued', details: { screen: '/settings/keys', user_id: 'u', name: 'Warehouse' } }));
  expect(words).toMatchObject({ who: 'hana@clinic.example', what: 'Keys · name Warehouse' });
});
