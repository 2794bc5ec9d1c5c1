import { expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import { EntryAnswer, type ReceiptAnswer, type VerificationAnswer } from './answers';
import type { Receipt } from './record';
import type { VerificationDto } from './verification';

it('describes verifications and receipts in the same shape as the code that makes them', () => {
  expectTypeOf<z.infer<typeof VerificationAnswer>>().toEqualTypeOf<VerificationDto>();
  expectTypeOf<z.infer<typeof ReceiptAnswer>>().toEqualTypeOf<Receipt>();
});

it('lets members of a body through that this version does not know, and refuses a hash that is none', () => {
  const entry = {
    seq: '0',
    id: 'x',
    received_at: '2026-11-20T12:00:00.000001Z',
    conversation_seq: '1',
    previous_hash: '0'.repeat(64),
    integrity_hash: '1'.repeat(64),
    body_hash: '2'.repeat(64),
    body: {
      v: 1,
      id: 'x',
      timestamp: 't',
      action: 'a',
      actor_id: 'b',
      actor_type: 'c',
      source: { channel: 'api' },
      submitted: '',
      added: 7,
    },
  };
  expect(EntryAnswer.parse(entry).body).toHaveProperty('added', 7);
  expect(EntryAnswer.safeParse({ ...entry, integrity_hash: 'g'.repeat(64) }).success).toBe(false);
});
