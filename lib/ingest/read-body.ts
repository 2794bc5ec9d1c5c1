import 'server-only';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RefusalError } from '@/lib/schema/errors';
import { LIMITS } from '@/lib/schema/vocabulary';
import type { BodyRoom } from './body-room';

/** How the body is to be read, from the request's headers. */
export interface BodyForm {
  ndjson: boolean;
  gzip: boolean;
}

/** @throws RefusalError content_type_unsupported, charset_unsupported, content_encoding_unsupported */
export function readBodyForm(contentType: string | undefined, contentEncoding: string | undefined): BodyForm {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const ndjson = type.trim() === 'application/x-ndjson';
  if (!ndjson && type.trim() !== 'application/json') throw new RefusalError('content_type_unsupported');
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=').map((part) => part.trim());
    if (name === 'charset' && value?.replaceAll('"', '') !== 'utf-8') throw new RefusalError('charset_unsupported');
  }
  const encoding = (contentEncoding ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') throw new RefusalError('content_encoding_unsupported');
  return { ndjson, gzip: encoding === 'gzip' };
}

/** A body must be here within this time, plus a second for each 256 KiB that came: a slow sender is served, a stalled one is not. */
const PATIENCE_MS = 10_000;
const BYTES_PER_SECOND = 262_144;

/**
 * What gzip may make of few bytes: a hundred times as many, where records compress to a tenth or a thirtieth. White space and zeros reach a thousand, so
 * that a loop of a few kilobytes would keep a processor busy with reading nothing. What fits one record passes whatever it is made of.
 */
const RATIO = 100;
const SMALL_BYTES = 131_072;

/**
 * The body's bytes, decompressed. Limits count decompressed bytes and stop the stream as soon as they are passed: a small bomb stays small.
 * @param room is held from the first byte on; the caller gives it back once the request is answered, since words wait in memory to be looked at and sealed.
 * @throws RefusalError body_empty, body_too_large, gzip_invalid, request_timeout, and those of the room
 */
export function readBody(request: Readable, form: BodyForm, room: BodyRoom, patienceMs: number = PATIENCE_MS): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gunzip = form.gzip ? request.pipe(createGunzip()) : null;
    const source = gunzip ?? request;
    const chunks: Buffer[] = [];
    let length = 0;
    let limit = 0;
    const began = Date.now();
    let timer = setTimeout(check, patienceMs);

    function check(): void {
      const left = began + patienceMs + (length / BYTES_PER_SECOND) * 1000 - Date.now();
      if (left <= 0) stop(new RefusalError('request_timeout'));
      else timer = setTimeout(check, left);
    }
    function stop(error: RefusalError): void {
      clearTimeout(timer);
      room.release();
      source.removeAllListeners('data');
      if (gunzip !== null) {
        request.unpipe();
        gunzip.destroy();
      }
      request.pause();
      reject(error);
    }
    source.on('data', (chunk: Buffer) => {
      if (limit === 0) limit = limitFor(chunk, form);
      length += chunk.length;
      if (length > limit) {
        const what = limit === LIMITS.singleContentBytes ? 'A single record' : 'A batch';
        return stop(new RefusalError('body_too_large', `${what} may have at most ${limit} bytes after decompression.`));
      }
      if (gunzip !== null && length > SMALL_BYTES && length > RATIO * gunzip.bytesWritten) {
        const detail = `A body in gzip may be unpacked to ${RATIO} times its bytes, or to ${SMALL_BYTES}. Send this one as it is.`;
        return stop(new RefusalError('body_too_large', detail));
      }
      try {
        room.hold(chunk.length);
      } catch (error) {
        return stop(error as RefusalError);
      }
      chunks.push(chunk);
    });
    source.once('end', () => {
      clearTimeout(timer);
      if (length === 0) reject(new RefusalError('body_empty'));
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
    });
    source.once('error', () => stop(new RefusalError(form.gzip ? 'gzip_invalid' : 'bad_request')));
    if (gunzip !== null) request.once('error', () => stop(new RefusalError('bad_request')));
    request.once('close', () => {
      if (!request.readableEnded && length === 0) stop(new RefusalError('bad_request'));
    });
  });
}

/** A body that starts with [ is a batch, and so is every NDJSON. */
function limitFor(firstChunk: Buffer, form: BodyForm): number {
  if (form.ndjson) return LIMITS.batchBytes;
  for (const byte of firstChunk) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)
      return byte === 0x5b ? LIMITS.batchBytes : LIMITS.singleContentBytes;
  }
  return LIMITS.singleContentBytes;
}
