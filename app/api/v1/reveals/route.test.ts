import { randomUUID } from 'node:crypto';
import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { RevealLine } from '@/lib/schema/words';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import { POST } from './route';

const ORIGIN = 'http://ledger.test:3000';
let db: TestDatabase;
let vault: ReturnType<typeof freshVault>;
let cookie: string;
beforeAll(async () => {
  db = await freshDatabase();
  vault = freshVault();
  process.env.PUBLIC_URL = ORIGIN;
  const { sessionId } = await makeViewer({ [db.ledgers.main]: 'auditor' });
  cookie = `holdfast.session=${await encode({ token: { sid: sessionId }, secret: process.env.AUTH_SECRET!, maxAge: 60 })}`;
});
afterAll(async () => {
  vault.drop();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const ask = (body: unknown, headers: Record<string, string> = { cookie, origin: ORIGIN }) =>
  POST(
    new Request(`${ORIGIN}/api/v1/reveals?ledger=main`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
    { params: Promise.resolve({}) },
  );

describe('POST /api/v1/reveals', () => {
  it('answers a line a part and an end, whatever the words hold, and lets nothing keep them', async () => {
    const conversation = `talk-${randomUUID()}`;
    const texts = ['one\ntwo\r\n{"end":true}\n', '\u2028\u2029\u0085\u001b[2J', '\ufeff'];
    await sealRecord(db, { conversation, texts });
    const answer = await ask({ conversation_id: conversation, purpose: 'audit' });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
      'private, no-store',
    ]);
    const whole = Buffer.from(await answer.arrayBuffer()).toString();
    expect(whole.endsWith('\n')).toBe(true);
    const lines = whole
      .slice(0, -1)
      .split('\n')
      .map((line) => RevealLine.parse(JSON.parse(line)));
    expect(lines.map((line) => ('text' in line ? line.text : line))).toEqual([
      ...texts,
      { end: true, parts: 3, revealed: 3, next_after: null },
    ]);
  });

  it('refuses as every route does: in full, before a line of words', async () => {
    const conversation = `talk-${randomUUID()}`;
    await sealRecord(db, { conversation, texts: ['secret'] });
    const good = { conversation_id: conversation, purpose: 'audit' };
    for (const [body, headers, status, code] of [
      [good, {}, 401, 'unauthenticated'],
      [good, { cookie, origin: 'http://evil.test' }, 403, 'origin_mismatch'],
      [{ ...good, purpose: 'curiosity' }, undefined, 422, 'enum'],
      [{ ...good, extra: 1 }, undefined, 422, 'unknown_field'],
      [{ ...good, after: '9999999999999999999' }, undefined, 422, 'format'],
      [{ conversation_id: 'no-such', purpose: 'audit' }, undefined, 404, 'not_found'],
    ] as const) {
      const answer = await ask(body, headers);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).code]).toEqual([status, code]);
      expect(text).not.toContain('secret');
    }
  });

  it('stops opening words when nobody reads on; what was asked for stays entered', async () => {
    const conversation = `talk-${randomUUID()}`;
    for (let i = 0; i < 5; i++) await sealRecord(db, { conversation, texts: ['a', 'b'] });
    const answer = await ask({ conversation_id: conversation, purpose: 'audit' });
    const reader = answer.body!.getReader();
    expect(RevealLine.parse(JSON.parse(new TextDecoder().decode((await reader.read()).value)))).toMatchObject({ text: 'a' });
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
    const entered = (await accessRecords(db.ledgers.access)).filter(
      (r) => r.action === 'content_revealed' && r.resource_id === conversation,
    );
    expect(entered).toMatchObject([{ details: { parts: 10, records: 5 } }]);
  });
});
