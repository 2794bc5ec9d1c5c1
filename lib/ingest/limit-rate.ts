import 'server-only';
import { env } from '@/lib/env';

/** A bucket a key: filled with KEY_RATE records a second, and holding ten seconds' worth. One process's share of the quota. */
const buckets = new Map<string, { tokens: number; at: number }>();
const BURST_SECONDS = 10;

/** @returns seconds to wait, or 0 where `records` may pass. */
export function takeQuota(keyId: string, records: number, now: number = Date.now()): number {
  const rate = env().KEY_RATE;
  const capacity = rate * BURST_SECONDS;
  let bucket = buckets.get(keyId);
  if (!bucket) {
    bucket = { tokens: capacity, at: now };
    buckets.set(keyId, bucket);
  }
  bucket.tokens = Math.min(capacity, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate);
  bucket.at = now;
  // A batch larger than the bucket passes when the bucket is full, and is paid for afterwards; else it could never be sent.
  const needed = Math.min(records, capacity);
  if (bucket.tokens < needed) return Math.max(1, Math.ceil((needed - bucket.tokens) / rate));
  bucket.tokens -= records;
  return 0;
}
