import 'server-only';
import { guardedFetch } from './guarded-fetch';
import { signWebhook } from './sign-webhook';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES = 64 * 1024;

export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
}

/**
 * Delivers an event as Standard Webhooks has it: `{type, timestamp, data}`, signed.
 * @param id the same for a delivery that is tried again, so that the receiver takes it once.
 * @throws OutboundError; WebhookRefused where the answer is not 2xx
 */
export async function postWebhook(
  url: string,
  secret: string,
  event: { id: string; type: string; data: Record<string, unknown> },
  now: Date = new Date(),
): Promise<{ status: number }> {
  const body = JSON.stringify({ type: event.type, timestamp: now.toISOString(), data: event.data });
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Holdfast',
    ...signWebhook(secret, event.id, Math.floor(now.getTime() / 1000), body),
  };
  const { status } = await guardedFetch(url, { method: 'POST', headers, body, maxBytes: ANSWER_BYTES, timeoutMs: TIMEOUT_MS });
  if (status < 200 || status > 299) throw new WebhookRefused(`${new URL(url).host} answered ${status}.`);
  return { status };
}
