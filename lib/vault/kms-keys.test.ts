import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeKms, startFakeKms } from '@/lib/testing/fake-kms';
import { kmsKey } from './kms-keys';

const OWN = '1234abcd-12ab-34cd-56ef-1234567890ab';
const OTHER = '0987dcba-09fe-87dc-65ba-ab0987654321';
const ARN = `arn:aws:kms:eu-central-1:111122223333:key/${OWN}`;
const context = { ledger: '7', key: randomUUID() };
const secret = randomBytes(32);

let kms: FakeKms;
beforeAll(async () => {
  kms = await startFakeKms([OWN, OTHER]);
  Object.assign(process.env, {
    DATABASE_URL: 'postgres://nobody',
    KMS_ENDPOINT: kms.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
beforeEach(() => {
  kms.mood = 'well';
  kms.calls.length = 0;
});
afterAll(() => kms.close());

describe('a key of AWS KMS', () => {
  it('makes a secret that it unwraps again, for that ledger and key alone', async () => {
    const key = kmsKey(OWN);
    const made = await key.make(context);
    expect(made.secret).toHaveLength(32);
    expect(made.wrapped.includes(made.secret)).toBe(false);
    expect(await key.unwrap(made.wrapped, context)).toEqual(made.secret);
    expect(kms.calls).toEqual([
      { operation: 'GenerateDataKey', keyId: OWN, context: { ledger: '7', key_id: context.key } },
      { operation: 'Decrypt', keyId: OWN, context: { ledger: '7', key_id: context.key } },
    ]);
    for (const other of [
      { ...context, ledger: '8' },
      { ...context, key: randomUUID() },
    ])
      await expect(key.unwrap(made.wrapped, other)).rejects.toMatchObject({ name: 'VaultError', code: 'unreadable' });
  });

  it('wraps what was made elsewhere', async () => {
    const key = kmsKey(ARN);
    expect(key.id).toBe(`kms:${ARN}`);
    const wrapped = await key.wrap(secret, context);
    expect(await key.unwrap(wrapped, context)).toEqual(secret);
    expect(kms.calls.map((call) => call.operation)).toEqual(['Encrypt', 'Decrypt']);
  });

  it('takes nothing that another key of the same service has wrapped', async () => {
    const wrapped = await kmsKey(OTHER).wrap(secret, context);
    await expect(kmsKey(OWN).unwrap(wrapped, context)).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('a changed wrapped key is unreadable, a changed byte at a time', async () => {
    const key = kmsKey(OWN);
    const wrapped = await key.wrap(secret, context);
    for (const place of [0, 40, 50, wrapped.length - 1]) {
      const changed = Buffer.from(wrapped);
      changed[place]! ^= 1;
      await expect(key.unwrap(changed, context)).rejects.toMatchObject({ code: 'unreadable' });
    }
  });

  it.each(['denied', 'failing', 'disabled'] as const)('a service that is %s is unavailable, never unreadable', async (mood) => {
    const wrapped = await kmsKey(OWN).wrap(secret, context);
    kms.mood = mood;
    await expect(kmsKey(OWN).unwrap(wrapped, context)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(kmsKey(OWN).make(context)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('a service that does not answer is given up in seconds', async () => {
    kms.mood = 'hang';
    const began = performance.now();
    await expect(kmsKey(OWN).make(context)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('no word of an error holds what was asked for', async () => {
    kms.mood = 'failing';
    const error = await kmsKey(OWN)
      .wrap(secret, context)
      .catch((caught: Error) => caught);
    expect(String(error)).not.toContain(secret.toString('base64'));
    expect(JSON.stringify(error)).not.toContain(secret.toString('base64'));
  });

  it.each(['alias/holdfast', `${ARN} `, 'arn:aws:kms:eu-central-1:111122223333:alias/x', 'x'])('%s is no name of a key', (name) => {
    expect(() => kmsKey(name)).toThrow('alias');
  });
});
