import { AuditError } from './audit-error';
import type { Proof } from './check-proof';
import type { Endpoint } from './post-batch';
import { readProblem } from './post-batch';
import type { Receipt } from './record';
import { isRetryable, parseRetryAfter, retryDelay } from './retry-delay';

export interface WaitOptions {
  /** How long to wait for a checkpoint that covers the record; 30 s when left out. Checkpoints come within a second, under lasting load within ten. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Asks for the proof of a record until a checkpoint covers it, and verifies it.
 * @param logKeys as for checkProof
 * @throws AuditError no_proof where none came in time; proof_invalid; whatever the server refuses otherwise
 */
export async function waitForProof(
  endpoint: Pick<Endpoint, 'address' | 'key' | 'fetch' | 'requestTimeoutMs'>,
  receipt: Receipt,
  logKeys: readonly string[],
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: WaitOptions = {},
): Promise<Proof> {
  const giveUpAt = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    const asked = await ask(endpoint, receipt.id, signal);
    // The verifier is no small thing (ML-DSA): it is loaded when the first proof has come.
    if ('text' in asked) return (await import('./check-proof')).checkProof(receipt, asked.text, logKeys);
    if (!asked.again) throw asked.error;
    const delay = retryDelay(attempt, asked.retryAfterMs, BACKOFF);
    if (Date.now() + delay > giveUpAt || signal?.aborted) throw new AuditError('no_proof', undefined, { cause: asked.error });
    await sleep(delay, signal);
  }
}

type Asked = { text: string } | { again: boolean; error: AuditError; retryAfterMs: number | null };

async function ask(
  { address, key, fetch, requestTimeoutMs }: Pick<Endpoint, 'address' | 'key' | 'fetch' | 'requestTimeoutMs'>,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Asked> {
  const request = new AbortController();
  const stop = () => request.abort();
  const timer = setTimeout(stop, requestTimeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const headers = { authorization: `Bearer ${key}`, accept: 'text/plain', 'user-agent': 'holdfast-sdk/0.1.0' };
    const response = await fetch(`${address}/${id}/proof`, { headers, redirect: 'manual', signal: request.signal });
    if (response.ok) return { text: await response.text() };
    if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      return { again: false, error: new AuditError('redirected', undefined, { status: response.status }), retryAfterMs: null };
    }
    const error = await readProblem(response);
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
    return { again: isRetryable(response.status) || error.code === 'not_covered_yet', error, retryAfterMs };
  } catch (cause) {
    return { again: true, error: new AuditError('undelivered', 'The ledger did not answer.', { cause }), retryAfterMs: null };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
  });
}
