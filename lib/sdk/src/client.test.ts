import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AuditError } from './audit-error';
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
  return createAuditClient<M>({ url, key, agentName: 'clinic-assistant', lingerMs: 5, retryBaseMs: 5, onError, ...options });
}
const talk = { userId: 'dr-ito', classification: 'restricted', domains: ['hipaa', 'gdpr', 'hipaa'] } as const;
const note = (actor_id: string) => ({ action: 'tool_invoked', actor_id, data_classification: 'internal' }) as const;

describe('conversation', () => {
  test('order within a conversation is kept, and its records are numbered from 1', async () => {
    const audit = client({ batchRecords: 3, mode: 'observe' });
    ledger.next({ do: 'wait', ms: 30 }, { do: 'answer', status: 503 }, { do: 'drop', when: 'after_storing' });
    const conversation = audit.conversation(talk);
    void conversation.started();
    for (let turn = 0; turn < 10; turn += 1) void conversation.userMessage({ length: turn });
    void conversation.ended({ reason: 'completed' });
    await audit.close();
    expect(ledger.stored.map((record) => record.agent_seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(ledger.stored.at(-1)?.details).toEqual({ reason: 'completed', turns: 10 });
  });

  test('a record says who did what, for whom, about whom, in the words of the API', async () => {
    const audit = client({ mode: 'strict' });
    const conversation = audit.conversation({ ...talk, id: 'c-1', subjectId: 'patient-1', purpose: 'treatment' });
    await conversation.dataAccessed({
      tool: 'read_chart',
      toolCallId: 't1',
      resourceType: 'chart',
      resourceId: '77',
      fields: ['allergies'],
    });
    expect(ledger.stored[0]).toMatchObject({
      action: 'data_accessed',
      actor_id: 'clinic-assistant',
      actor_type: 'agent',
      on_behalf_of: 'dr-ito',
      subject_id: 'patient-1',
      purpose: 'treatment',
      conversation_id: 'c-1',
      resource_type: 'chart',
      resource_id: '77',
      outcome: 'success',
      domains: ['gdpr', 'hipaa'],
      data_classification: 'restricted',
      details: { tool: 'read_chart', tool_call_id: 't1', fields: ['allergies'] },
    });
    expect(ledger.requests[0]?.headers).toMatchObject({ authorization: 'Bearer hf_test_key', 'x-holdfast-channel': 'sdk' });
    expect(ledger.stored[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('what is recorded is what stood there at the time of the call', async () => {
    const audit = client();
    const details = { label: 'before' };
    void audit.record({ ...note('a'), details });
    details.label = 'after';
    await audit.close();
    expect(ledger.stored[0]?.details).toEqual({ label: 'before' });
  });
});

describe('retry', () => {
  test('a retried batch uses the same ids and stores nothing twice', async () => {
    ledger.next({ do: 'drop', when: 'after_storing' }, { do: 'drop', when: 'before_storing' });
    const audit = client({ mode: 'strict' });
    const receipts = await Promise.all([audit.record(note('a')), audit.record(note('b'))]);
    expect(ledger.requests).toHaveLength(3);
    expect(ledger.requests[1]?.ids).toEqual(ledger.requests[0]?.ids);
    expect(ledger.requests[2]?.ids).toEqual(ledger.requests[0]?.ids);
    expect(ledger.stored).toHaveLength(2);
    expect(receipts.map((receipt) => receipt.duplicate)).toEqual([true, true]);
  });

  test.each([429, 502, 503, 504])('%i is tried again', async (status) => {
    ledger.next({ do: 'answer', status, code: 'store_busy' });
    const audit = client({ mode: 'strict' });
    expect((await audit.record(note('a'))).duplicate).toBe(false);
    expect(ledger.requests).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 409, 413, 415, 422])('%i is never tried again', async (status) => {
    ledger.next({ do: 'answer', status, code: 'forbidden' });
    const audit = client({ mode: 'strict' });
    await expect(audit.record(note('a'))).rejects.toMatchObject({ code: 'forbidden', status, requestId: 'r-1' });
    await audit.close();
    expect(ledger.requests).toHaveLength(1);
  });

  test('Retry-After is waited for', async () => {
    ledger.next({ do: 'answer', status: 503, headers: { 'retry-after': '1' } });
    const audit = client({ mode: 'strict' });
    await audit.record(note('a'));
    const [first, second] = ledger.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('an item that the store was too busy for is sent again, alone', async () => {
    let busy = true;
    ledger.refuseItem = (record) => {
      if (record.actor_id !== 'b' || !busy) return null;
      busy = false;
      return { status: 503, code: 'store_busy' };
    };
    const audit = client({ mode: 'strict' });
    await Promise.all(['a', 'b', 'c'].map((actor) => audit.record(note(actor))));
    expect(ledger.requests.map((request) => request.ids.length)).toEqual([3, 1]);
  });

  test('an answer that does not come is given up and asked for again', async () => {
    ledger.next({ do: 'wait', ms: 400 });
    const audit = client({ mode: 'strict', requestTimeoutMs: 50, retryBaseMs: 600 });
    await audit.record(note('a'));
    expect(ledger.stored).toHaveLength(1);
    expect(ledger.requests.length).toBeGreaterThan(1);
  });

  test('after retryForMs a record is undelivered, with its id and the reason', async () => {
    ledger.next(...Array.from({ length: 200 }, () => ({ do: 'answer', status: 503, code: 'store_busy' }) as const));
    const audit = client({ mode: 'strict', retryForMs: 40 });
    const error = await audit.record(note('a')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuditError);
    expect(error).toMatchObject({ code: 'undelivered', cause: { code: 'store_busy' }, record: { id: ledger.requests[0]?.ids[0] } });
  });

  test('an answer from something that is no ledger stores nothing and is tried again', async () => {
    ledger.next(
      { do: 'answer', status: 200, body: '<html>Sign in to the hotel network</html>' },
      { do: 'answer', status: 200, body: '{"items":[]}' },
    );
    const audit = client({ mode: 'strict' });
    expect((await audit.record(note('a'))).seq).toBe('0');
    expect(ledger.requests).toHaveLength(3);
  });

  test('the key is not carried along a redirect', async () => {
    ledger.next({ do: 'answer', status: 307, headers: { location: `${ledger.url}/elsewhere` } });
    const audit = client({ mode: 'strict' });
    await expect(audit.record(note('a'))).rejects.toMatchObject({ code: 'redirected' });
    expect(ledger.requests).toHaveLength(1);
  });
});

describe('batches', () => {
  test('a refused item rejects only its own promise', async () => {
    ledger.refuseItem = (record) => (record.actor_id === 'b' ? { status: 422, code: 'enum', pointer: '/1/action' } : null);
    const audit = client({ mode: 'strict' });
    const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map((actor) => audit.record(note(actor))));
    expect([a?.status, b?.status, c?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(b).toMatchObject({ reason: { code: 'enum', pointer: '/1/action', status: 422, record: { actor_id: 'b' } } });
    expect(ledger.requests).toHaveLength(1);
  });

  test('one record that makes the body unreadable does not take its batch with it', async () => {
    ledger.refuseBody = (record) => record.actor_id === 'n7';
    const audit = client({ mode: 'strict' });
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => audit.record(note(`n${index}`))));
    expect(results.map((result) => result.status === 'rejected').indexOf(true)).toBe(7);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
    expect(ledger.stored.map((record) => record.actor_id)).toEqual(Array.from({ length: 20 }, (_, i) => `n${i}`).filter((n) => n !== 'n7'));
  });

  test('an id used for another record is refused as such', async () => {
    const audit = client({ mode: 'strict' });
    const { id } = await audit.record(note('a'));
    await expect(audit.record({ ...note('b'), id })).rejects.toMatchObject({ code: 'idempotency_conflict', status: 409 });
  });

  test('no batch is longer than 500 records or the bytes allowed', async () => {
    const audit = client({ batchRecords: 5000, batchBytes: 60_000 });
    for (let index = 0; index < 1200; index += 1) void audit.record(note('a'));
    for (let index = 0; index < 4; index += 1) void audit.record({ ...note('b'), details: { label: 'x'.repeat(25_000) } });
    await audit.close();
    expect(ledger.stored).toHaveLength(1204);
    expect(Math.max(...ledger.requests.map((request) => request.ids.length))).toBeLessThanOrEqual(500);
    expect(ledger.requests.at(-1)?.ids.length).toBeLessThanOrEqual(2);
  });

  test('a large body is gzipped, a small one is not', async () => {
    const audit = client({ mode: 'strict' });
    await audit.record(note('a'));
    await audit.record({ ...note('b'), details: { label: 'x'.repeat(20_000) } });
    expect(ledger.requests.map((request) => request.headers['content-encoding'])).toEqual([undefined, 'gzip']);
    expect(Number(ledger.requests[1]?.headers['content-length'])).toBeLessThan(1_000);
  });
});

describe('configuration', () => {
  test('a key is not sent in the clear over a network', () => {
    const fetch = vi.fn();
    expect(() => createAuditClient({ url: 'http://audit.example.org', key: 'k', agentName: 'a', fetch })).toThrow(/https/);
    expect(() => createAuditClient({ url: 'http://audit.example.org', key: 'k', agentName: 'a', fetch, allowHttp: true })).not.toThrow();
  });
});
