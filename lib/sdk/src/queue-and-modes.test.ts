import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditError } from './audit-error';
import { type AuditClientOptions, createAuditClient } from './client';
import type { Mode } from './record';
import { MisbehavingLedger } from './testing/misbehaving-ledger';

let ledger: MisbehavingLedger;
const errors: AuditError[] = [];

beforeEach(async () => {
  errors.length = 0;
  ledger = new MisbehavingLedger();
  await ledger.start();
});
afterEach(() => ledger.stop());

function client<M extends Mode = 'observe'>(options: Partial<AuditClientOptions<M>> & { mode?: M } = {}) {
  const { url, key } = ledger;
  const onError = (error: AuditError) => errors.push(error);
  return createAuditClient<M>({ url, key, agentName: 'claims-desk', retryBaseMs: 5, onError, ...options });
}
const talk = { userId: 'adjuster-4', classification: 'confidential' } as const;
const note = { action: 'tool_invoked', data_classification: 'internal' } as const;
const down = (count: number) => Array.from({ length: count }, () => ({ do: 'answer', status: 503, code: 'store_busy' }) as const);

describe('queue', () => {
  test('close() sends what is queued, without lingering, and takes nothing more', async () => {
    const audit = client({ lingerMs: 60_000 });
    for (let index = 0; index < 7; index += 1) void audit.record(note);
    expect(await audit.close()).toBe(0);
    expect(ledger.stored).toHaveLength(7);
    expect(await audit.record(note)).toBeNull();
    expect(errors.map((error) => error.code)).toEqual(['closed']);
  });

  test('close() gives up in time and says how many are not known to be stored', async () => {
    ledger.next({ do: 'wait', ms: 2_000 });
    const audit = client({ batchRecords: 2, lingerMs: 0 });
    for (let index = 0; index < 5; index += 1) void audit.record(note);
    const begun = Date.now();
    expect(await audit.close(100)).toBe(5);
    expect(Date.now() - begun).toBeLessThan(1_000);
    await Promise.resolve();
    expect(errors.map((error) => error.code)).toEqual(Array(5).fill('undelivered'));
  });

  test('flush() returns when everything recorded before it has an end, and records may follow', async () => {
    const audit = client({ lingerMs: 60_000, batchRecords: 2 });
    for (let index = 0; index < 5; index += 1) void audit.record(note);
    await audit.flush();
    expect(ledger.stored).toHaveLength(5);
    void audit.record(note);
    await audit.close();
    expect(ledger.stored).toHaveLength(6);
  });

  test('what is recorded within the linger goes in one request', async () => {
    const audit = client({ lingerMs: 40 });
    void audit.record(note);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await audit.record(note);
    expect(ledger.requests.map((request) => request.ids.length)).toEqual([2]);
  });

  test('a full queue refuses the newest record, keeps the older ones, and the gap shows in the numbers', async () => {
    ledger.next(...down(3));
    const audit = client({ maxQueuedRecords: 3 });
    const conversation = audit.conversation(talk);
    for (let turn = 0; turn < 5; turn += 1) void conversation.userMessage({ length: turn });
    await audit.flush();
    void conversation.ended({ reason: 'completed' });
    await audit.close();
    expect(errors.map((error) => [error.code, error.record?.agent_seq])).toEqual([
      ['queue_full', 4],
      ['queue_full', 5],
    ]);
    expect(ledger.stored.map((record) => record.agent_seq)).toEqual([1, 2, 3, 6]);
  });

  test('the queue is bounded in bytes as well', async () => {
    const audit = client({ maxQueuedBytes: 10_000 });
    for (let index = 0; index < 4; index += 1) void audit.record({ ...note, details: { label: 'x'.repeat(4_000) } });
    await audit.close();
    expect(ledger.stored).toHaveLength(2);
    expect(errors.map((error) => error.code)).toEqual(['queue_full', 'queue_full']);
  });
});

describe('observe', () => {
  test('nothing is thrown at the agent: the receipt is null and onError is told', async () => {
    ledger.next({ do: 'answer', status: 403, code: 'agent_mismatch' });
    const audit = client();
    expect(await audit.record(note)).toBeNull();
    expect(errors).toMatchObject([{ code: 'agent_mismatch', status: 403 }]);
  });

  test('a record that is no JSON and a listener that throws do not reach the agent', async () => {
    const audit = client({
      onError: () => {
        throw new Error('listener');
      },
      onReceipt: () => {
        throw new Error('listener');
      },
    });
    expect(await audit.record({ ...note, details: { big: 1n } })).toBeNull();
    expect(await audit.record(note)).toMatchObject({ seq: '0' });
  });

  test('the agent does not wait for a ledger that is away', async () => {
    ledger.next(...down(50));
    const audit = client({ retryForMs: 10_000 });
    const begun = Date.now();
    const answer = await audit.run(talk, async (conversation) => {
      void conversation.userMessage({ length: 3 });
      return 'done';
    });
    expect(answer).toBe('done');
    expect(Date.now() - begun).toBeLessThan(2_000);
    await audit.close(50);
  });
});

describe('strict', () => {
  test('the work does not begin without the receipt of its start', async () => {
    ledger.next({ do: 'answer', status: 401, code: 'unauthenticated' });
    const audit = client({ mode: 'strict' });
    let began = false;
    const run = audit.run(talk, async () => {
      began = true;
    });
    await expect(run).rejects.toMatchObject({ name: 'AuditError', code: 'unauthenticated' });
    expect(began).toBe(false);
  });

  test('a record without a receipt stops the agent', async () => {
    ledger.refuseItem = (record) => (record.action === 'user_message_received' ? { status: 422, code: 'required' } : null);
    const audit = client({ mode: 'strict' });
    const run = audit.run(talk, async (conversation) => {
      await conversation.userMessage({ length: 1 });
      return 'never';
    });
    await expect(run).rejects.toMatchObject({ code: 'required' });
    expect(ledger.stored.map((record) => record.action)).toEqual(['conversation_started', 'conversation_ended']);
  });
});

describe('run', () => {
  test('start and end are recorded around the work', async () => {
    const audit = client();
    await audit.run({ ...talk, id: 'c-9', channel: 'phone', title: 'Water damage' }, async (conversation) => {
      void conversation.userMessage({ length: 12, language: 'en' });
    });
    await audit.close();
    expect(ledger.stored.map((record) => [record.action, record.agent_seq, record.conversation_id])).toEqual([
      ['conversation_started', 1, 'c-9'],
      ['user_message_received', 2, 'c-9'],
      ['conversation_ended', 3, 'c-9'],
    ]);
    expect(ledger.stored[0]?.details).toEqual({ channel: 'phone', title: 'Water damage' });
    expect(ledger.stored[2]?.details).toEqual({ reason: 'completed', turns: 1 });
  });

  test.each(['observe', 'strict'] as const)('the end is recorded when the work throws, and its own error is told (%s)', async (mode) => {
    const audit = client<Mode>({ mode });
    const boom = new RangeError('the words of a patient');
    await expect(audit.run(talk, () => Promise.reject(boom))).rejects.toBe(boom);
    await audit.close();
    expect(ledger.stored.at(-1)).toMatchObject({
      action: 'conversation_ended',
      outcome: 'failure',
      details: { reason: 'error', error: 'RangeError' },
    });
    expect(JSON.stringify(ledger.stored)).not.toContain('patient');
  });
});
