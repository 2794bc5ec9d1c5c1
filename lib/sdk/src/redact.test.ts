import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditError } from './audit-error';
import { createAuditClient } from './client';
import { redactPhi } from './redact';
import { MisbehavingLedger } from './testing/misbehaving-ledger';

let ledger: MisbehavingLedger;
const errors: AuditError[] = [];
beforeEach(async () => {
  errors.length = 0;
  ledger = new MisbehavingLedger();
  await ledger.start();
});
afterEach(() => ledger.stop());

const open = (redact: ReturnType<typeof redactPhi>) =>
  createAuditClient({
    url: ledger.url,
    key: ledger.key,
    agentName: 'clinic-assistant',
    lingerMs: 0,
    redact,
    onError: (error) => errors.push(error),
  });
const said = 'Call Maria Gonzalez on (212) 555-0147 or write to maria@example.org.';

describe('redaction before sending', () => {
  test('masks details and content, says what it masked, and sends none of it', async () => {
    const audit = open(redactPhi());
    const conversation = audit.conversation({ userId: 'dr-ito', classification: 'restricted', subjectId: 'P-1' });
    void conversation.response({ length: said.length, content: [{ part: 'response', text: said }], details: { note: { last: said } } });
    await audit.close();
    const masked = 'Call [person_name] on [phone] or write to [email].';
    expect(ledger.stored[0]).toMatchObject({
      subject_id: 'P-1',
      content: [{ part: 'response', text: masked }],
      details: { length: said.length, note: { last: masked }, redacted: ['email', 'person_name', 'phone'] },
    });
    expect(JSON.stringify(ledger.stored)).not.toMatch(/Gonzalez|0147|maria@/);
  });

  test('masks what makes a string of itself only when it is written', async () => {
    const audit = open(redactPhi());
    void audit.record({
      action: 'tool_invoked',
      data_classification: 'internal',
      details: { link: new URL('https://portal.example.org/p/1017?mail=maria@example.org') },
    });
    await audit.close();
    expect(ledger.stored[0]?.details).toEqual({ link: '[url]', redacted: ['url'] });
  });

  test('leaves a record in which nothing stands as it is', async () => {
    const audit = open(redactPhi());
    void audit.record({ action: 'tool_invoked', data_classification: 'internal', details: { tool: 'read_chart', rows: 3 } });
    await audit.close();
    expect(ledger.stored[0]?.details).toEqual({ tool: 'read_chart', rows: 3 });
  });

  test('masks the types that are asked for, from the score that is asked for', () => {
    const record = { action: 'tool_invoked', data_classification: 'internal', details: { note: said } } as never;
    expect(redactPhi({ types: ['phone'] })(record).details).toEqual({
      note: 'Call Maria Gonzalez on [phone] or write to maria@example.org.',
      redacted: ['phone'],
    });
    expect(redactPhi({ leastScore: 1 })(record).details).toEqual({ note: said });
  });

  test('a record that cannot be redacted is not sent, and the error tells without its words', async () => {
    const details: Record<string, unknown> = { note: said };
    details.self = details;
    const audit = open(redactPhi());
    expect(await audit.record({ action: 'tool_invoked', data_classification: 'internal', details })).toBeNull();
    await audit.close();
    expect(ledger.stored).toEqual([]);
    expect(errors).toMatchObject([{ code: 'not_redacted', record: { action: 'tool_invoked' } }]);
    expect(errors[0]?.record).not.toHaveProperty('details');
  });
});
