import 'server-only';
import { createHmac, randomBytes } from 'node:crypto';
import { fromBase64, toBase64 } from '@/lib/chain/base64';

const PREFIX = 'whsec_';
const SECRET_BYTES = 24;

/** A secret as receivers enter it: `whsec_` and 24 random bytes in base 64. */
export function newWebhookSecret(): string {
  return PREFIX + toBase64(randomBytes(SECRET_BYTES));
}

export interface WebhookHeaders extends Record<string, string> {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/**
 * The headers by which a receiver knows who sent a message, and that it is not an old one: HMAC-SHA256 over `id.timestamp.body`.
 * @param id stays the same when a message is sent again.
 * @throws RangeError for a secret that is none, or an id with a dot in it.
 * @see https://www.standardwebhooks.com, "Signature scheme"
 */
export function signWebhook(secret: string, id: string, at: Date, body: string): WebhookHeaders {
  const key = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : null;
  if (key === null || key.length < SECRET_BYTES) throw new RangeError('the secret of a webhook is whsec_ and at least 24 bytes in base 64');
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(id)) throw new RangeError('the id of a message has letters, digits, _ and - alone');
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${toBase64(mac)}` };
}
