import 'server-only';
import { isUtf8 } from 'node:buffer';
import { readJson, STORED_LIMITS } from '@/lib/chain/read-json';
import { RecordBody as Body } from '@/lib/schema/answers';
import type { RecordBody } from '@/lib/schema/screens';

/**
 * What a stored body says. @returns null where the bytes are no record: an administrator's edit can leave anything behind, and a reader is shown
 * the bytes themselves then, never a guess.
 */
export function decodeBody(body: Uint8Array): RecordBody | null {
  try {
    const result = Body.safeParse(readJson(body, STORED_LIMITS));
    return result.success ? result.data : null;
  } catch (error) {
    if (error instanceof Error && error.name === 'JsonFault') return null;
    throw error;
  }
}

/** The bytes for a reader who computes the digest again: as text where that loses nothing. */
export function bodyText(body: Uint8Array): { encoding: 'utf8' | 'base64'; text: string } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return isUtf8(bytes) ? { encoding: 'utf8', text: bytes.toString('utf8') } : { encoding: 'base64', text: bytes.toString('base64') };
}
