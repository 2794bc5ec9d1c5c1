import 'server-only';
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^hf_(live|test)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

/**
 * `hf_<live|test>_<30 random base62><6 base62 of CRC32>`: 178 bits, a prefix that scanners of leaked secrets can look for, and a checksum that tells a
 * typing error from a secret without asking the database.
 */
export function newApiKey(environment: 'live' | 'test'): string {
  const random = Array.from({ length: 30 }, () => BASE62[randomInt(62)]).join('');
  const body = `hf_${environment}_${random}`;
  return body + checksum(body);
}

export function isWellFormedKey(key: string): boolean {
  return FORM.test(key) && checksum(key.slice(0, -6)) === key.slice(-6);
}

/** Secrets of 178 random bits need no slow hash: there is nothing to guess. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** What lists show, enough to tell keys apart: four of the thirty random characters, none of the checksum over the others. */
export function keyHint(key: string): string {
  return `${key.slice(0, 12)}…`;
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = BASE62[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
