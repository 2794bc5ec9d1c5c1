import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import { prisma } from '@/lib/db';
import type { OneTimeLink, Prisma, User } from '@/prisma/generated/client';

export type LinkPurpose = 'first_administrator' | 'invitation' | 'password_reset';

const HOURS: Record<LinkPurpose, number> = { first_administrator: 24, invitation: 72, password_reset: 24 };

/** Makes a link's path, `/setup/{token}`; 256 random bits, of which only the hash is kept. Earlier links of the same person end. */
export async function makeLink(tx: Prisma.TransactionClient, purpose: LinkPurpose, userId: string | null, now: Date): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await tx.oneTimeLink.updateMany({ where: { user_id: userId, used_at: null }, data: { used_at: now } });
  await tx.oneTimeLink.create({
    data: {
      token_hash: digest(token),
      purpose,
      user_id: userId,
      created_at: now,
      expires_at: new Date(now.getTime() + HOURS[purpose] * 3_600_000),
    },
  });
  return `/setup/${token}`;
}

/** Of a person with a password: open links by which it could be set anew. An invitation stays, or whoever was invited could not come in. */
export async function endResetLinks(tx: Prisma.TransactionClient, userId: string, now: Date): Promise<void> {
  await tx.oneTimeLink.updateMany({ where: { user_id: userId, purpose: 'password_reset', used_at: null }, data: { used_at: now } });
}

export type OpenLink = OneTimeLink & { user: User | null };

/** What a link is for; null where it is unknown, spent or too old. */
export async function findLink(token: string, now: Date): Promise<OpenLink | null> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
  const link = await prisma().oneTimeLink.findUnique({ where: { token_hash: digest(token) }, include: { user: true } });
  return link === null || link.used_at !== null || link.expires_at <= now || link.user?.disabled_at ? null : link;
}

/** Exactly one of those who hold the link gets true. */
export async function spendLink(tx: Prisma.TransactionClient, token: string, now: Date): Promise<boolean> {
  const { count } = await tx.oneTimeLink.updateMany({
    where: { token_hash: digest(token), used_at: null, expires_at: { gt: now } },
    data: { used_at: now },
  });
  return count === 1;
}

function digest(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
