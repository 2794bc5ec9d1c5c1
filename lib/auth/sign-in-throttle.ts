import 'server-only';
import { createHash } from 'node:crypto';
import { prisma } from '@/lib/db';
import type { Prisma } from '@/prisma/generated/client';
import { networkOf } from './client-address';
import { TooManyError } from './too-many-error';

/**
 * Growing delay, per account and per address: after the free attempts each further failure doubles the wait. An attempt is counted as failed before the
 * password is looked at, and taken back when it was right: a thousand at once find the door closed after the first few.
 */
const LIMITS = {
  account: { free: 4, longest: 300 },
  /** Many people can share one address; of IPv6 a whole /64 counts as one. */
  address: { free: 20, longest: 900 },
};
const FORGET_MS = 24 * 3_600_000;

interface Attempt {
  email: string;
  address: string | null;
}

/** Hashed: what is typed into the field for the address is not always an address. */
export function accountSubject(email: string): string {
  return `account:${createHash('sha256').update(email).digest('hex')}`;
}
const addressSubject = (address: string) => `address:${networkOf(address)}`;

/** @throws TooManyError with the seconds to wait, alike for accounts that exist and that do not. */
export async function reserveAttempt(attempt: Attempt, now: Date): Promise<void> {
  // The address first: one that has to wait must not be able to lengthen the wait of an account.
  if (attempt.address !== null) await reserve('address', addressSubject(attempt.address), now);
  await reserve('account', accountSubject(attempt.email), now);
  if (Math.random() < 0.01)
    await prisma().signInThrottle.deleteMany({ where: { last_failure_at: { lt: new Date(now.getTime() - FORGET_MS) } } });
}

/** The password was right: the account starts afresh, the address gets this one attempt back. */
export async function releaseAttempt(tx: Prisma.TransactionClient, attempt: Attempt, now: Date): Promise<void> {
  await tx.signInThrottle.deleteMany({ where: { subject: accountSubject(attempt.email) } });
  if (attempt.address === null) return;
  await tx.signInThrottle.updateMany({
    where: { subject: addressSubject(attempt.address), failures: { gt: 0 } },
    data: { failures: { decrement: 1 }, blocked_until: now },
  });
}

async function reserve(counted: 'account' | 'address', subject: string, now: Date): Promise<void> {
  const limit = LIMITS[counted];
  const forget = new Date(now.getTime() - FORGET_MS);
  const reserved = await prisma().$executeRaw`
    INSERT INTO sign_in_throttles AS t (subject, failures, last_failure_at, blocked_until) VALUES (${subject}, 1, ${now}, ${now})
    ON CONFLICT (subject) DO UPDATE SET
      failures = CASE WHEN t.last_failure_at < ${forget} THEN 1 ELSE t.failures + 1 END,
      last_failure_at = ${now}::timestamptz,
      blocked_until = ${now}::timestamptz + CASE
        WHEN t.last_failure_at < ${forget} OR t.failures + 1 < ${limit.free}::int THEN interval '0'
        ELSE least(${limit.longest}::int, power(2, least(t.failures + 1 - ${limit.free}::int, 12))) * interval '1 second' END
    WHERE t.blocked_until <= ${now}`;
  if (reserved === 1) return;
  const row = await prisma().signInThrottle.findUnique({ where: { subject } });
  throw new TooManyError(Math.max(1, ((row?.blocked_until.getTime() ?? 0) - now.getTime()) / 1000), counted);
}
