import 'server-only';
import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A secret for a receiver: `whsec_` and 32 random bytes in base 64. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * Headers by which the receiver knows that a delivery is ours and whole: HMAC-SHA-256 over "id.timestamp.body".
 * @param timestamp seconds since 1970
 * @throws RangeError for a secret that is none
 * @see https://www.standardwebhooks.com, "Signature scheme"
 */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): Record<string, string> {
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.alloc(0);
  if (key.length < 24) throw new RangeError('a webhook secret is whsec_ and at least 24 bytes in base 64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
