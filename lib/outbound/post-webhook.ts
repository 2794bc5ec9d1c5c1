import 'server-only';
import { guardedFetch } from './guarded-fetch';
import { signWebhook } from './sign-webhook';

/** The receiver answered, and not that it has the message. */
export class WebhookRefused extends Error {
  override readonly name = 'WebhookRefused';
  constructor(readonly status: number) {
    super(
      status === 410
        ? 'The receiver says that it wants no more of these (status 410). Turn this place off, or give it another address.'
        : `The receiver answered with status ${status}; a message counts as received with a status of 200 to 299.`,
    );
  }
}

export interface WebhookMessage {
  /** Stays the same when the message is sent again: a receiver that has it already may pass it over. */
  id: string;
  /** What happened, in two words with a dot between them. */
  type: string;
  at: Date;
  data: Record<string, unknown>;
}

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 65_536;

/**
 * Posts a message as Standard Webhooks have it. What the receiver answers beyond its status is not looked at. @returns the status.
 * @throws OutboundError, WebhookRefused
 */
export async function postWebhook(url: string, secret: string, message: WebhookMessage, now: Date): Promise<number> {
  const body = JSON.stringify({ type: message.type, timestamp: message.at.toISOString(), data: message.data });
  const { status } = await guardedFetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'holdfast', ...signWebhook(secret, message.id, now, body) },
    body,
    maxBytes: MOST_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
  if (status < 200 || status > 299) throw new WebhookRefused(status);
  return status;
}
