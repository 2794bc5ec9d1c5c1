import 'server-only';
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { RefusalError } from '@/lib/schema/errors';
import { TooManyError } from './too-many-error';

/** Argon2id with 19 MiB, two passes, one lane. @see OWASP Password Storage Cheat Sheet */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Each takes a core and 19 MiB: more at once would only make all of them slower, and sign-in a way to stop everything else. */
const AT_ONCE = 2;
const WAITING = 64;

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;

/** Made once, so that an unknown account costs the same work as a known one. */
let decoy: Promise<string> | undefined;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Length and what is easily guessed from the account itself; no rules of composition. @see NIST SP 800-63B, section 3.1.1.2
 * @throws RefusalError out_of_range, too_long or format, at the pointer
 */
export function checkNewPassword(password: string, email: string, pointer: string): void {
  const length = [...password].length;
  if (length < PASSWORD_MIN) throw new RefusalError('out_of_range', `A password has at least ${PASSWORD_MIN} characters.`, pointer);
  if (length > PASSWORD_MAX) throw new RefusalError('too_long', `A password has at most ${PASSWORD_MAX} characters.`, pointer);
  const lower = password.toLowerCase();
  if (lower.includes(email) || new Set(lower).size < 4)
    throw new RefusalError('format', 'This password is too easily guessed from the account.', pointer);
}

/** @returns a PHC string. @throws TooManyError while too many others wait. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normal(password), PARAMETERS));
}

/**
 * @param stored null where there is no such account, or it has no password: the work is done all the same and the answer is no.
 * @throws TooManyError while too many others wait.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hash(randomBytes(32), PARAMETERS);
  const against = stored ?? (await decoy);
  if (password.length > PASSWORD_MAX * 4) return false;
  const matches = await inTurn(() => verify(against, normal(password)));
  return matches && stored !== null;
}

/** The same characters typed on another keyboard are the same password. */
function normal(password: string): string {
  return password.normalize('NFKC');
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING) throw new TooManyError(1);
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // The place is handed on, not given back: nobody who comes later gets in between.
    if (next === undefined) running--;
    else next();
  }
}
