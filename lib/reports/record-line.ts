import 'server-only';
import { isUtf8 } from 'node:buffer';
import { readJson, STORED_LIMITS } from '@/lib/chain/read-json';
import type { EntryDto } from '@/lib/schema/screens';

/**
 * A record as a line of JSON: its entry in the chain, and its body in the exact bytes that are hashed (canonical JSON, docs/format.md §2), which are a JSON value by
 * themselves. Bytes that somebody has made to be none stand as base64 in `body_base64`, so that the line stays one.
 * @param body as it is stored; null where it cannot be had, and then the line says why, where that is known
 */
export function recordLine(entry: EntryDto, body: Uint8Array | null): Buffer {
  const { seq, id, received_at, conversation_seq, previous_hash, body_hash, integrity_hash } = entry;
  const head = JSON.stringify({ seq, id, received_at, conversation_seq, previous_hash, body_hash, integrity_hash }).slice(0, -1);
  if (body === null) return Buffer.from(`${head}${absence(entry)},"body":null}\n`);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!isOneLineOfJson(bytes)) return Buffer.from(`${head},"body_base64":"${bytes.toString('base64')}"}\n`);
  return Buffer.concat([Buffer.from(`${head},"body":`), bytes, Buffer.from('}\n')]);
}

/** Why there is no body, where that is known: what lies in the archive is not what was archived, or it was destroyed. */
function absence({ archived, destroyed }: EntryDto): string {
  if (destroyed !== undefined) return `,"destroyed":${JSON.stringify({ id: destroyed.id, number: destroyed.number, on: destroyed.on })}`;
  if (archived === undefined) return '';
  const { state, segment, say } = archived;
  return `,"archived":${JSON.stringify({ state, segment, say })}`;
}

function isOneLineOfJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes) || bytes.includes(0x0a) || bytes.includes(0x0d)) return false;
  try {
    readJson(bytes, STORED_LIMITS);
    return true;
  } catch {
    return false;
  }
}
