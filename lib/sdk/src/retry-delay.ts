/** Transient by the API's contract: nothing was stored, or the outcome is unknown and the same ids make a repeat harmless. */
const RETRYABLE = new Set([408, 429, 502, 503, 504]);

export function isRetryable(status: number): boolean {
  return RETRYABLE.has(status);
}

/**
 * Exponential backoff with full jitter: uniform over [0, min(cap, base · 2^attempt)], so that a fleet of agents does not come
 * back in step. A Retry-After is a floor; the jitter comes on top of it.
 * @param attempt 0 for the first retry
 * @param retryAfterMs what the server asked for, null when it did not
 * @param random uniform in [0, 1)
 */
export function retryDelay(
  attempt: number,
  retryAfterMs: number | null,
  { baseMs, capMs }: { baseMs: number; capMs: number },
  random: () => number = Math.random,
): number {
  const jitter = random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return retryAfterMs === null ? jitter : retryAfterMs + Math.min(jitter, baseMs);
}

/**
 * Delay-seconds or an HTTP date; null when absent or unreadable.
 * @see RFC 9110 §10.2.3
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
